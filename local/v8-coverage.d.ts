declare module '@bcoe/v8-coverage' {
  import type { Profiler } from 'node:inspector';

  interface ProcessCov {
    result: Profiler.ScriptCoverage[];
  }
  /** Merges the coverages of each URL; what it is given must not be used afterwards. */
  export function mergeProcessCovs(covs: ProcessCov[]): ProcessCov;
}
