import { hold, type Verdict } from '../../functions/guards/guard.ts';
import type { Guard } from '../../functions/incident.ts';
import { incident } from '../policy/fixtures.ts';

/** What a verdict makes of an incident; `undefined` where the guard lets it pass. */
export const verdictOf = (name: Guard, verdict: Verdict, known = incident()) =>
  verdict.says === 'go' ? undefined : hold(name, verdict, { incident: known });
