/**
 * The published API models of WorkSpaces and of KMS, as botocore carries them, made into schemas that judge JSON. No npm or PyPI
 * package does that: botocore's own validator reads requests alone, and neither patterns nor enums; the SDK's schemas
 * have no constraints. So each shape becomes a schema of valibot, which the product validates with anyway.
 */
import * as v from 'valibot';
import { EngineError, runProgram } from '../servers.ts';
import { tool } from '../tools.ts';

const reference = v.looseObject({ shape: v.string() });
/** All that a shape of this model may say. A constraint that is not read here must not go unnoticed: it is strict. */
const shapeSchema = v.strictObject({
  type: v.picklist(['structure', 'list', 'string', 'integer', 'boolean', 'timestamp']),
  members: v.optional(v.record(v.string(), reference), {}),
  required: v.optional(v.array(v.string()), []),
  member: v.optional(reference),
  min: v.optional(v.number()),
  max: v.optional(v.number()),
  pattern: v.optional(v.string(), ''),
  enum: v.optional(v.array(v.string())),
  exception: v.optional(v.boolean()),
  fault: v.optional(v.boolean()),
  deprecated: v.optional(v.boolean()),
  deprecatedMessage: v.optional(v.string()),
  documentation: v.optional(v.string()),
});
type Shape = v.InferOutput<typeof shapeSchema>;

const operationSchema = v.looseObject({
  input: reference,
  output: reference,
  errors: v.optional(v.array(reference), []),
});
const modelSchema = v.looseObject({
  metadata: v.looseObject({
    protocol: v.literal('json'),
    jsonVersion: v.literal('1.1'),
    targetPrefix: v.string(),
  }),
  // Those of KMS that nobody asks for have no output.
  operations: v.record(v.string(), v.unknown()),
  shapes: v.record(v.string(), v.unknown()),
});

const READ_MODEL = `
import json, sys
from botocore.loaders import Loader
print(json.dumps(Loader().load_service_model(sys.argv[1], 'service-2', sys.argv[2])))
`;

/** The API versions that the lab speaks. */
const VERSIONS = { workspaces: '2015-04-08', kms: '2014-11-01' } as const;

export interface Operation {
  /** Judge a request's and an answer's body. */
  input: v.GenericSchema;
  output: v.GenericSchema;
  /** The errors that the model names for it: each judges the body beside `__type`. */
  errors: ReadonlyMap<string, v.GenericSchema>;
}

/** The model of one service. */
export class Model {
  readonly #model: v.InferOutput<typeof modelSchema>;
  readonly #known = new Map<string, Operation>();

  constructor(model: unknown) {
    this.#model = v.parse(modelSchema, model);
  }

  /** @throws EngineError when there is no such operation */
  operation(name: string): Operation {
    const known = this.#known.get(name);
    if (known) return known;
    const { input, output, errors } = this.#operation(name);
    const operation = {
      input: this.#schema(input.shape),
      output: this.#schema(output.shape),
      errors: new Map(errors.map(({ shape }) => [shape, this.#schema(shape)])),
    };
    this.#known.set(name, operation);
    return operation;
  }

  /** What an operation takes and gives, without constraints: names and types alone. */
  outline(name: string): { input: unknown; output: unknown } {
    const { input, output } = this.#operation(name);
    return { input: this.#outline(input.shape), output: this.#outline(output.shape) };
  }

  /** The values of an enumeration. @throws EngineError */
  values(name: string): string[] {
    return this.#shape(name).enum ?? [];
  }

  #operation(name: string): v.InferOutput<typeof operationSchema> {
    const operation = this.#model.operations[name];
    if (!operation) throw new EngineError(`The model has no operation ${name}.`);
    return v.parse(operationSchema, operation);
  }

  #shape(name: string): Shape {
    const parsed = v.safeParse(shapeSchema, this.#model.shapes[name]);
    if (parsed.success) return parsed.output;
    throw new EngineError(`The shape ${name} cannot be read: ${parsed.issues[0].message}`);
  }

  #schema(name: string): v.GenericSchema {
    const shape = this.#shape(name);
    switch (shape.type) {
      case 'structure':
        return v.pipe(
          v.custom((value) => !Array.isArray(value), 'A list'),
          v.strictObject(
            Object.fromEntries(
              Object.entries(shape.members).map(([member, { shape: inner }]) => {
                const schema = this.#schema(inner);
                return [member, shape.required.includes(member) ? schema : v.exactOptional(schema)];
              }),
            ),
          ),
        );
      case 'list':
        return v.pipe(
          v.array(this.#schema(memberOf(name, shape))),
          v.minLength(shape.min ?? 0),
          v.maxLength(shape.max ?? Number.POSITIVE_INFINITY),
        );
      case 'string':
        return v.pipe(
          v.string(),
          v.minLength(shape.min ?? 0),
          v.maxLength(shape.max ?? Number.POSITIVE_INFINITY),
          v.regex(new RegExp(shape.pattern)),
          v.check((text) => shape.enum?.includes(text) ?? true, `Not one of ${shape.enum}`),
        );
      case 'integer':
        return v.pipe(
          v.number(),
          v.integer(),
          v.minValue(shape.min ?? Number.NEGATIVE_INFINITY),
          v.maxValue(shape.max ?? Number.POSITIVE_INFINITY),
        );
      case 'boolean':
        return v.boolean();
      case 'timestamp':
        // Of JSON 1.1: seconds since 1970, with or without a fraction. Milliseconds would be in another epoch.
        return v.pipe(v.number(), v.minValue(0), v.maxValue(Date.parse('2200-01-01') / 1000));
    }
  }

  #outline(name: string): unknown {
    const shape = this.#shape(name);
    if (shape.type === 'list') return [this.#outline(memberOf(name, shape))];
    if (shape.type !== 'structure') return shape.type;
    return Object.fromEntries(
      Object.entries(shape.members).map(([member, inner]) => [member, this.#outline(inner.shape)]),
    );
  }
}

function memberOf(name: string, { member }: Shape): string {
  if (!member) throw new EngineError(`The list ${name} has no member.`);
  return member.shape;
}

/** Asks botocore for its model. @throws EngineError */
export async function readModel(service: keyof typeof VERSIONS = 'workspaces'): Promise<Model> {
  const args = ['-c', READ_MODEL, service, VERSIONS[service]];
  const { code, stdout, stderr } = await runProgram(tool('python3'), args);
  if (code !== 0) throw new EngineError(`botocore gave no model: ${stderr}`);
  return new Model(JSON.parse(stdout));
}

/** What is wrong with a value, one line a fault. */
export function faults(schema: v.GenericSchema, value: unknown): string[] {
  const parsed = v.safeParse(schema, value);
  return parsed.success
    ? []
    : parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'all'}: ${issue.message}`);
}
