/** The conditions that the product writes under, by its sources and by what was said. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import * as v from 'valibot';
import { EngineError } from '../servers.ts';
import { kindOf } from './table.ts';
import { type Exchange, errorOf } from './wire.ts';

const functions = fileURLToPath(new URL('../../../functions/', import.meta.url));
const powertools = join(
  dirname(createRequire(import.meta.url).resolve('@aws-lambda-powertools/idempotency')),
  '../esm/persistence/DynamoDBPersistenceLayer.js',
);

/** What a source gives as `ConditionExpression`. */
function conditionsIn(file: string): ts.Expression[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && node.name.getText(source) === 'ConditionExpression') {
      found.push(node.initializer);
    }
    if (ts.isShorthandPropertyAssignment(node) && node.name.text === 'ConditionExpression') {
      throw new EngineError(`${file}: write ConditionExpression as a text, so that it can be checked.`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The texts that an expression may have. @throws EngineError for one that is made otherwise */
function texts(expression: ts.Expression): string[] {
  if (ts.isStringLiteralLike(expression)) return [expression.text];
  if (ts.isConditionalExpression(expression)) {
    return [...texts(expression.whenTrue), ...texts(expression.whenFalse)];
  }
  const { fileName } = expression.getSourceFile();
  throw new EngineError(`${fileName}: ${expression.getText()} is no text: it cannot be checked.`);
}

/** The kinds of item that each module writes, by the beginning of their ids; a list each where all of them meet each condition. */
const ITEMS_OF: Record<string, string[][]> = {
  'table/storms.ts': [['INCIDENTS', 'STORM']],
  'table/leases.ts': [['WORKSPACE']],
  // What is changed under its version.
  'table/item.ts': [['FUTILE'], ['TURNS']],
  'table/futile.ts': [['FUTILE']],
};

/** A conditional write in the sources. */
export interface Condition {
  file: string;
  /** The kinds of item one of which it is about; none for a module that is not known. */
  kinds: string[];
  text: string;
}

/** Every condition in the product's sources. @throws EngineError for one that cannot be read */
export function conditionsOfProduct(): Condition[] {
  return readdirSync(functions, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((file) =>
      conditionsIn(join(functions, file))
        .flatMap(texts)
        .flatMap((text) => (ITEMS_OF[file] ?? [[]]).map((kinds) => ({ file, kinds, text }))),
    );
}

/** How many conditional writes Powertools has; it puts their texts together as it runs. */
export const conditionsOfPowertools = (): number => conditionsIn(powertools).length;

/** A condition that an engine was given, and what came of it at least once. */
export interface Said {
  kind: string;
  text: string;
  held: boolean;
  failed: boolean;
}

const keyed = v.object({ id: v.object({ S: v.string() }) });

/** The id of the item that a request writes. @throws ValiError */
export const idOf = ({ Key, Item }: Record<string, unknown>): string => v.parse(keyed, Key ?? Item).id.S;

/** Every condition that was said, a kind of item. */
export function conditionsSaid(exchanges: readonly Exchange[]): Said[] {
  const said = new Map<string, Said>();
  for (const exchange of exchanges) {
    const { ConditionExpression: text } = exchange.request;
    if (typeof text !== 'string') continue;
    const kind = kindOf(idOf(exchange.request));
    const seen = said.get(`${kind} ${text}`) ?? { kind, text, held: false, failed: false };
    const error = errorOf(exchange);
    said.set(`${kind} ${text}`, {
      ...seen,
      held: seen.held || error === undefined,
      failed: seen.failed || error === 'ConditionalCheckFailedException',
    });
  }
  return [...said.values()];
}

/** Whether it is this module's condition, and not the same text of another. */
export const isOf = ({ kinds, text }: Condition, said: Said): boolean =>
  said.text === text && kinds.includes(said.kind);
