import type { ProcessSetting } from '../grid/cell-process.js';

/** How processes for runs are started: with this one's environment, but not the address of a Redis server, which may hold a password. */
export function jobSetting(): Omit<ProcessSetting, 'threads'> & { readonly searchEntry: URL } {
  const environment = { ...process.env };
  delete environment['LIFELONG_REDIS'];
  return { entry: new URL('./grid-job.js', import.meta.url), searchEntry: new URL('./search-worker.js', import.meta.url), environment };
}
