import { dirname, resolve } from 'node:path';
import type { ByDomain } from '../core/features.js';
import type { Input } from '../core/input.js';
import type { JsonObject } from '../core/json.js';
import type { TaskStream } from '../core/stream.js';
import type { Normalization } from '../core/task.js';
import { resize } from '../data/images/resize.js';
import { allSources } from '../data/sources/registry.js';
import type { DataSource } from '../data/sources/source.js';
import { domainOf } from '../domains/registry.js';
import { imageChanges, soundChanges } from './augment-section.js';
import { checkSection } from './check-section.js';
import { findManifest } from './find-manifest.js';
import { manifestSchemaOf, type Manifest } from './manifest.js';
import { planInput } from './plan-input.js';
import { planManifest } from './plan-manifest.js';
import { readManifest, type ManifestOverrides } from './read-manifest.js';
import { soundCopies } from './sound-copies.js';
import { streamOfPlans } from './stream-of-plans.js';

/** A stream made from a manifest. */
export interface LoadedStream extends TaskStream {
  /** The manifest with overrides and defaults. */
  readonly manifest: JsonObject;
  /** Path of the manifest. */
  readonly source: string;
  /** Names or paths of the feature extractors that the manifest chooses. */
  readonly features: ByDomain<string>;
  readonly seed: number;
  /** Strategy options that the manifest sets. */
  readonly defaults: JsonObject;
}

export interface LoadOptions {
  /** Instead of the manifest's. */
  readonly seed?: number;
  /** Manifest values by dotted key, such as `{ 'limits.train': 200 }`; data paths here are relative to the current folder. */
  readonly set?: ManifestOverrides;
  /** Where data may come from besides the built-in sources; made by `defineSource`. */
  readonly sources?: readonly DataSource[];
}

/**
 * Opens a stream by the name of a shipped one, or by the path of a manifest.
 *
 * Everything that can be wrong with the manifest and the data files' headers and labels shows here, before anything is learned.
 *
 * @throws LifelongError `config` or `data`, `usage` for a source whose name is taken
 * @example
 * const stream = await loadStream('split-mnist', { set: { 'limits.train': 200 } });
 */
export async function loadStream(nameOrPath: string, options: LoadOptions = {}): Promise<LoadedStream> {
  return reloadStream(nameOrPath, options, []);
}

/** Normalizations of the first tasks, which a run has begun: the statistics of their data are these, though the data may have grown. */
export type Begun = readonly (Normalization | null)[];

/** As {@link loadStream}, for a run that has begun tasks of it. */
export async function reloadStream(nameOrPath: string, options: LoadOptions, begun: Begun): Promise<LoadedStream> {
  const source = await findManifest(nameOrPath);
  const sources = allSources(options.sources);
  const overrides = { ...options.set, ...(options.seed !== undefined && { seed: options.seed }) };
  const { manifest, set } = await readManifest(source, overrides, sources);
  return { ...(await openManifest(manifest, source, sources, begun)), set };
}

/**
 * Opens a stream from the manifest that a run keeps.
 *
 * @param source path that its data paths are relative to
 * @param more sources besides the built-in ones
 * @throws LifelongError `config` or `data`
 */
export async function streamFromManifest(
  manifest: JsonObject,
  source: string,
  more: readonly DataSource[] = [],
  begun: Begun = [],
): Promise<LoadedStream> {
  const sources = allSources(more);
  return openManifest(checkSection(manifestSchemaOf(sources), manifest, source), source, sources, begun);
}

async function openManifest(given: Manifest, source: string, sources: readonly DataSource[], begun: Begun): Promise<LoadedStream> {
  const { name, input, seed } = given;
  const plans = await planManifest(given, source, sources);
  const inputs = plans.map(planInput);
  checkResized(given, inputs);
  const features = given.features ?? given.backbone ?? defaultFeatures(inputs);
  const manifest = checkSection(manifestSchemaOf(sources), { ...given, features }, source);
  const heard = soundChanges(manifest.augment);
  const sounds = heard && (await soundCopies(heard, resolve(dirname(source), manifest.root), plans, seed));
  const stream = streamOfPlans(
    name,
    plans,
    { seed, normalize: input.normalize, augment: imageChanges(manifest.augment), ...(sounds && { sounds }) },
    begun,
  );
  await stream.check();
  const { backbone, options: defaults } = manifest;
  return { ...stream, manifest, source, features, ...(backbone !== undefined && { backbone }), seed, defaults };
}

/** Refuses a size or channels that would change no task. @throws LifelongError `config` */
function checkResized({ input: { size, channels } }: Manifest, inputs: readonly Input[]): void {
  const [first] = inputs;
  if ((size === undefined && channels === undefined) || !first || inputs.some(({ domain }) => domain === 'image')) return;
  resize(typeof size === 'number' ? [size, size] : size, channels).shape(first.shape);
}

/** Each domain's own extractor. */
function defaultFeatures(inputs: readonly Input[]): ByDomain<string> {
  const own = Object.fromEntries(inputs.map((input) => [input.domain, domainOf(input).features]));
  const names = Object.values(own);
  return names.length === 1 ? (names[0] ?? own) : own;
}
