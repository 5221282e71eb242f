/** A process of the simulation that plays the parts it is given, by number, one after the other. */
import * as v from 'valibot';
import { Profile } from './coverage.ts';
import { playHere } from './jobs.ts';
import { workSchema } from './work.ts';

const [given, coverage] = process.argv.slice(2);
const work = v.parse(v.pipe(v.string(), v.parseJson(), workSchema), given);
const profile = coverage === undefined ? undefined : await Profile.start();

process.on('message', async (part) => {
  for await (const message of playHere(work, v.parse(v.number(), part), profile)) process.send?.(message);
});
// Nobody is left to tell.
process.once('disconnect', () => process.exit());
