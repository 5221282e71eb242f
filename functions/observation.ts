/** What is read of a WorkSpace: one read, and what the reads of one incident tell together. */
import * as v from 'valibot';

/** A time, in ISO. */
export const instant = v.pipe(v.string(), v.isoTimestamp());

/** What `DescribeWorkspaces` said, and when. `NOT_FOUND` stands for an empty answer. */
export const observation = v.object({
  at: instant,
  state: v.string(),
  userName: v.optional(v.string()),
  directoryId: v.optional(v.string()),
  computerName: v.optional(v.string()),
  runningMode: v.optional(v.string()),
  errorCode: v.optional(v.string()),
  errorMessage: v.optional(v.string()),
  /** The KMS key of its volumes, where one of them is encrypted. */
  volumeKey: v.optional(v.string()),
});
export type Observation = v.InferOutput<typeof observation>;

/** The state of a WorkSpace that `DescribeWorkspaces` does not know. Not one of AWS's. */
export const NOT_FOUND = 'NOT_FOUND';

/** What the reads of one incident tell together; see `follow` in policy/course.ts. Times in ISO. */
export const course = v.object({
  /** The state that passes by itself in which it was read last, and since when it has been read in it. */
  busy: v.optional(v.object({ state: v.string(), since: instant })),
  /** When it was first read as over with the last such state, or with what a request did: from then it settles. */
  endedAt: v.optional(instant),
  /** Since when every read was good. */
  goodSince: v.optional(instant),
  /** Since when every read was bad, the settling time left out. */
  badSince: v.optional(instant),
  /** It was read as broken: one that is stopped then is not well. */
  sawBroken: v.optional(v.boolean()),
  /** `RESTORING` or `REBUILDING` was read, whoever asked for it. */
  sawRemedy: v.optional(v.boolean()),
});
export type Course = v.InferOutput<typeof course>;
