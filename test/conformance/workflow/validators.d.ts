declare module 'asl-validator' {
  /** Checks a definition, to which it adds the query language of each state. */
  export default function validate(
    definition: unknown,
    options: { checkPaths: boolean; checkArn: boolean },
  ): { isValid: boolean; errorsText(): string };
}
