import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where what is fetched or computed once for all runs is kept: weights, vocabularies, features. May be emptied at any time. */
export const cacheFolder = join(home(), '.cache', 'lifelong');

/** The home folder; a user whom the system does not know, as in a container, may have none, and then nothing is kept. */
function home(): string {
  try {
    return homedir();
  } catch {
    return '/no-home';
  }
}
