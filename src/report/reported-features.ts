import type { ByDomain } from '../core/features.js';
import type { RunRecord } from '../core/run-record.js';
import type { Report } from './schema.js';

/** The extractors of a run as one: several by their domains, `image: pixels, vector: vector`, without what differs between them. */
export function reportedFeatures({ asked, used }: RunRecord['features']): Report['features'] {
  const measured = Object.entries(used);
  const [only, ...others] = measured;
  if (only && others.length === 0) {
    const [, { name, sha256, size }] = only;
    return { name, sha256, size };
  }
  const names = only ? Object.fromEntries(measured.map(([domain, { name }]) => [domain, name])) : asked;
  return { name: inWords(names), sha256: null, size: null };
}

function inWords(names: ByDomain<string>): string {
  if (typeof names === 'string') return names;
  return Object.entries(names)
    .map(([domain, name]) => `${domain}: ${name}`)
    .join(', ');
}
