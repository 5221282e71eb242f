/** What an input was understood as. */
import type { Request } from '../incident.ts';

/** The request that an input stands for, or why it is none, or why nothing is to be done about it and nobody told. */
export type Parsed =
  | { kind: 'request'; request: Request }
  | { kind: 'rejected'; reason: string }
  | { kind: 'skipped'; reason: string };

/** Where this service heals: ids and metrics of other accounts and Regions are none of its. */
export interface Home {
  region: string;
  account: string;
}

/** The ARN of a WorkSpace: its Region, account and id. */
export const WORKSPACE_ARN = /^arn:[a-z-]+:workspaces:([a-z0-9-]+):(\d{12}):workspace\/(.+)$/;

/** A name by its letters alone: `WorkspaceId`, `workspace-id` and `workspaceId` are one. */
export const letters = (name: string): string => name.replaceAll(/[^a-z]/gi, '').toLowerCase();

/** Account and Region of an execution, by its ARN. */
export function homeOf(executionArn: string): Home {
  const [, , , region = '', account = ''] = executionArn.split(':');
  return { region, account };
}

export const rejected = (reason: string): Parsed => ({ kind: 'rejected', reason });
export const skipped = (reason: string): Parsed => ({ kind: 'skipped', reason });

/** An object with names, as opposed to a list. */
export const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON can hold half a surrogate pair, which no protocol further on takes. */
export const wellFormed = (text: string): string => text.toWellFormed();
