/** Where a proof of the simulation itself may reach in: the wire, what a function returns, the rules. */
export interface Edges {
  /** Rewrites the body of a request as it leaves; `call` is `act > WorkSpaces.RebuildWorkspaces`, say. */
  request?: (call: string, body: string) => string;
  /** Rewrites the body of an answer as it arrives. */
  answer?: (call: string, body: string) => string;
  /** Whether the client sends a request again that failed. */
  repeat?: (call: string, tries: number) => boolean;
  /** Rewrites, or throws away, what a function returned. */
  result?: (step: string, result: unknown) => unknown;
  /** Whether EventBridge has this rule. */
  rule?: (name: string) => boolean;
  /** Whether CloudWatch has this alarm. */
  alarm?: (name: string) => boolean;
  /** Rewrites the state machine's definition. */
  definition?: (text: string) => string;
  /** What a function takes for the answer without asking. */
  memory?: (call: string) => string | undefined;
  /** How long a function dawdles before it asks, milliseconds. */
  dawdle?: (call: string) => number;
}
