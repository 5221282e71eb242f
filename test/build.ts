import { buildAll } from '../tools/build.ts';

/** The tests run the bundles that ship, so they are built first. */
export default async function setup(): Promise<void> {
  await buildAll();
}
