/** Which blocks of functions/ were executed, over all module instances and processes. */
import { Session } from 'node:inspector/promises';
import { mergeProcessCovs } from '@bcoe/v8-coverage';
import * as v from 'valibot';

const range = v.object({ startOffset: v.number(), endOffset: v.number(), count: v.number() });
const script = v.object({
  scriptId: v.string(),
  url: v.string(),
  functions: v.array(
    v.object({ functionName: v.string(), ranges: v.array(range), isBlockCoverage: v.boolean() }),
  ),
});

/** Of each file, by its path in the project: `functions/text.ts`. */
export const coverageSchema = v.array(script);
export type Coverage = v.InferOutput<typeof coverageSchema>;

/** The instances of a sandbox; Node strips types in place, so that offsets are those of the source. */
const INSTANCE = /\/(functions\/[^?]+\.ts)\?sandbox=\d+$/;

/** Merges; none of the given may be used afterwards. */
export function merged(...coverages: Coverage[]): Coverage {
  return mergeProcessCovs(coverages.map((result) => ({ result }))).result;
}

/** Takes the coverage of this process, from before any function is loaded. */
export class Profile {
  readonly #session = new Session();

  static async start(): Promise<Profile> {
    const profile = new Profile();
    profile.#session.connect();
    await profile.#session.post('Profiler.enable');
    await profile.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return profile;
  }

  /** What was executed since it was taken last. */
  async take(): Promise<Coverage> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    const instances = result.flatMap((one) => {
      const [, file] = INSTANCE.exec(one.url) ?? [];
      return file === undefined ? [] : [{ ...one, url: file }];
    });
    return merged(instances);
  }
}
