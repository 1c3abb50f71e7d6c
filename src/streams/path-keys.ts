import type { DataSource } from '../data/sources/source.js';

/** A section of a manifest that says where data come from, and its place as a dotted key. */
export interface PlacedSection {
  readonly place: string;
  readonly section: Readonly<Record<string, unknown>>;
}

/** Every section of data that is written out in a manifest, which need not be checked yet: of `data`, of `datasets` and of the items of a sequence. */
export function dataSections(manifest: unknown): PlacedSection[] {
  const { data, datasets, tasks } = membersOf(manifest);
  const { sequence } = membersOf(tasks);
  const items: readonly unknown[] = Array.isArray(sequence) ? sequence : [];
  const placed: [string, unknown][] = [
    ['data', data],
    ...Object.entries(membersOf(datasets)).map(([name, section]): [string, unknown] => [`datasets.${name}`, section]),
    ...items.map((item, i): [string, unknown] => [`tasks.sequence.${i}.data`, membersOf(item)['data']]),
  ];
  return placed.flatMap(([place, section]) => ('source' in membersOf(section) ? [{ place, section: membersOf(section) }] : []));
}

/** Dotted keys under which a manifest has, or may have, paths: its root, what the sources of its sections of data have as paths, and noises that sounds are augmented with. */
export function pathKeys(manifest: unknown, sources: readonly DataSource[]): string[] {
  const keys = dataSections(manifest).flatMap(({ place, section }) => {
    const source = sources.find(({ name }) => name === section['source']);
    return Object.keys(source?.paths ?? {}).map((key) => `${place}.${key}`);
  });
  const { augment } = membersOf(manifest);
  const noises = Array.isArray(augment) ? augment.flatMap((change, i) => ('noise' in membersOf(change) ? [`augment.${i}.noise`] : [])) : [];
  return ['root', ...keys, ...noises];
}

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
