/** The form of a story that is a JSON file: its keys, and what each may hold. */
import * as v from 'valibot';
import { KEY_READINGS } from './desktop.ts';
import { SERVICES } from './story.ts';

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000 };
const TIME = /^(\d{1,7})([smh])$/;

/** Longest list of copies, and of WorkSpaces that stand by in one directory: their numbers have five digits. */
const MOST = 100_000;

const text = v.string('this must be a text');
/** A time, in milliseconds. */
const time = v.pipe(
  v.string('a time is a text such as "90s", "10m" or "2h"'),
  v.regex(TIME, 'a time is a whole number and its unit, such as "90s", "10m" or "2h"'),
  v.transform((given) => {
    const [, number = '', unit = ''] = TIME.exec(given) ?? [];
    return Number(number) * (unit === 'h' ? UNITS.h : unit === 'm' ? UNITS.m : UNITS.s);
  }),
);
const number = (lowest: number) =>
  v.pipe(
    v.number('this must be a number'),
    v.integer('this must be a whole number'),
    v.minValue(lowest, `this must be at least ${lowest}`),
    v.maxValue(MOST, `this must be at most ${MOST}`),
  );
const one = <const T extends readonly string[]>(values: T) =>
  v.picklist(values, `this must be one of ${values.join(', ')}`);
const truth = v.boolean('this must be true or false');
const list = <T extends v.GenericSchema>(item: T) => v.array(item, 'this must be a list');

const plain = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'this must be an object',
);
const NO_SUCH_KEY = 'there is no such key';

/** An object that has these keys and no others; `v.strictObject` lets pass what every object inherits, and lists. */
const part = <E extends v.ObjectEntries>(entries: E) =>
  v.pipe(
    plain,
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const input = dataset.value;
      for (const key of Object.keys(input)) {
        if (Object.hasOwn(entries, key)) continue;
        const known = Object.keys(entries).join(', ');
        addIssue({
          message: `${NO_SUCH_KEY}; keys here are ${known}`,
          path: [{ type: 'object', origin: 'value', input, key, value: input[key] }],
        });
      }
    }),
    v.object(entries),
  );
/** An object with any keys of a kind, such as tags. */
const table = <K extends v.GenericSchema<string, string>, T extends v.GenericSchema>(key: K, value: T) =>
  v.pipe(plain, v.record(key, value));

// The constraints of the API model.
const directoryId = v.pipe(
  v.string(),
  v.regex(/^(d-[0-9a-f]{8,63}|wsd-[0-9a-z]{8,63})$/, 'a directory has an id such as "d-9067206a1f"'),
);
export const workspaceId = v.pipe(
  text,
  v.regex(/^ws-[0-9a-z]{8,63}$/, 'a WorkSpace has an id such as "ws-8kq3zn1yd"'),
);
/** Any, since AWS may come up with a new one; `GONE` is none of its own. */
const state = v.pipe(text, v.regex(/^[A-Z][A-Z_]*$/, 'a state is a word such as "UNHEALTHY"'));

const step = part({ after: v.optional(time, '0s'), state });
const steps = list(step);

const answer = part({
  accepted: v.optional(truth),
  refused: v.optional(
    part({
      code: text,
      message: v.optional(text, ''),
      status: v.optional(v.pipe(number(400), v.maxValue(599, 'this must be at most 599')), 400),
    }),
  ),
  // biome-ignore lint/suspicious/noThenProperty: the form calls it so, and nobody awaits a schema
  then: v.optional(steps),
});

export type AnswerForm = v.InferOutput<typeof answer>;

const answers = v.pipe(
  list(answer),
  v.checkItems(
    ({ accepted, refused }) => (accepted === true) !== (refused !== undefined),
    'this must have either accepted: true or refused',
  ),
);

const desktop = part({
  workspaceId: v.optional(text),
  count: v.optional(number(1), 1),
  state: v.optional(state),
  stateSince: v.optional(time),
  directoryId: v.optional(directoryId),
  userName: v.optional(text),
  runningMode: v.optional(one(['ALWAYS_ON', 'AUTO_STOP', 'MANUAL'])),
  tags: v.optional(table(v.string(), text)),
  errorCode: v.optional(text),
  errorMessage: v.optional(text),
  volumeKey: v.optional(part({ state: one(KEY_READINGS) })),
  changes: v.optional(steps),
  remedies: v.optional(
    part({
      reboot: v.optional(answers),
      restore: v.optional(answers),
      rebuild: v.optional(answers),
      start: v.optional(answers),
    }),
  ),
  snapshots: v.optional(part({ rebuild: v.optional(time), restore: v.optional(time) })),
  connected: v.optional(list(part({ from: v.optional(time, '0s'), to: v.optional(time) }))),
});

export type DesktopForm = v.InferOutput<typeof desktop>;

const STARTS = ['alarm', 'event', 'input', 'approve'] as const;

const start = part({
  after: v.optional(time, '0s'),
  alarm: v.optional(workspaceId),
  event: v.optional(v.unknown()),
  input: v.optional(v.unknown()),
  approve: v.optional(workspaceId),
});

export type StartForm = v.InferOutput<typeof start>;

const rate = { perSecond: v.optional(v.number()), burst: v.optional(v.number()) };

export const storyForm = part({
  title: v.optional(text, ''),
  at: v.optional(
    v.pipe(
      text,
      v.regex(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/,
        'this must be a time such as "2026-11-02T17:04:41Z"',
      ),
      v.transform(Date.parse),
      v.number('there is no such day or hour'),
    ),
  ),
  parameters: v.optional(table(v.string(), text), {}),
  desktops: list(desktop),
  healthy: v.optional(table(directoryId, number(0)), {}),
  stopped: v.optional(table(directoryId, number(0)), {}),
  directories: v.optional(table(directoryId, part({ identity: v.optional(text) }))),
  starts: v.optional(
    v.pipe(
      list(start),
      v.checkItems(
        (given) => STARTS.filter((key) => Object.hasOwn(given, key)).length === 1,
        `this must have one of ${STARTS.join(', ')}, and no other of them`,
      ),
    ),
    [],
  ),
  spread: v.optional(time, '0s'),
  mode: v.optional(list(part({ after: v.optional(time, '0s'), value: v.nullable(text) }))),
  sweep: v.optional(truth),
  outages: v.optional(
    list(
      part({
        service: one(SERVICES),
        from: v.optional(time, '0s'),
        to: v.optional(time),
        how: v.optional(one(['throttled', 'error', 'silent']), 'error'),
      }),
    ),
  ),
  quotas: v.optional(table(v.string(), part({ ...rate, concurrency: v.optional(v.number()) }))),
  expect: v.optional(v.unknown()),
});

export type StoryForm = v.InferOutput<typeof storyForm>;
