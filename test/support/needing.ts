import { describe, it } from 'vitest';

/** Something that a test needs and a machine may lack. */
export interface Need {
  /** What to install or where to put it, in a few words. */
  readonly what: string;
  readonly there: boolean;
}

/**
 * `it` and `describe` of tests that need more than the packages of package.json: where something is missing they are skipped, and their names
 * say what.
 *
 * @example
 * needing(shared('cifar-10')).it('reads CIFAR-10', async () => { … });
 */
export function needing(...needs: readonly Need[]) {
  const missing = needs.filter(({ there }) => !there).map(({ what }) => what);
  const skipped = missing.length > 0;
  const named = (name: string) => (skipped ? `${name} (skipped, missing: ${missing.join('; ')})` : name);
  return {
    it(name: string, test: () => unknown, timeoutMs?: number) {
      it.skipIf(skipped)(named(name), test, timeoutMs);
    },
    describe(name: string, tests: () => void) {
      describe.skipIf(skipped)(named(name), tests);
    },
  };
}
