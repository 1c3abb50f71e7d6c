import { z } from 'zod';
import type { JsonObject } from '../../core/json.js';
import { arrayDataset, type UserData } from '../array-dataset.js';
import { checkValue } from '../../core/check-value.js';
import { LifelongError } from '../../core/errors.js';
import type { Reading } from '../../core/task.js';
import type { Dataset } from '../dataset.js';
import type { FileExamples } from '../file-examples.js';
import { locatePaths, type PathKind } from './shared/locate-paths.js';
import { section } from './shared/section.js';

/** A `data` section of a manifest, checked by the schema of its source, paths as they are written. */
export type DataSection = JsonObject & { readonly source: string };

/** What a manifest says besides the section. */
export interface SourceContext {
  /** Absolute path of the folder that the manifest's paths are relative to. */
  readonly folder: string;
  /** `[height, width]` that images are brought to, by the source or else after it. */
  readonly size?: readonly [number, number] | undefined;
  readonly channels?: 1 | 3 | undefined;
}

/** A place that data come from, known to manifests by its name: `data: { source: NAME, … }`. Made by {@link defineSource}. */
export interface DataSource {
  readonly name: string;
  /** Of the whole section, `source` included. */
  readonly schema: z.ZodObject;
  readonly paths: Readonly<Record<string, PathKind>>;
  /**
   * @param where the section can be set, such as `data`; undefined where that can only be done in a manifest
   * @throws LifelongError `config` or `data`
   */
  open(section: DataSection, context: SourceContext, where: string | undefined): Promise<Dataset>;
  /**
   * Reads another file as those of the data were read, without labels; undefined where the source cannot.
   *
   * @throws LifelongError `data`
   */
  readonly read?: (file: string, reading: Reading, context: ReadContext) => Promise<FileExamples>;
}

/** What a file is read for. */
export interface ReadContext {
  /** Of the task. */
  readonly inputShape: readonly number[];
  /** Larger images are refused; as the section says by default. */
  readonly maxPixels?: number | undefined;
}

/** A section as `open` gets it: a key of kind `first` holds the path that was found. */
type Located<Keys extends z.ZodRawShape, Paths> = {
  [Key in keyof z.output<z.ZodObject<Keys>>]: Key extends keyof Paths
    ? Paths[Key] extends 'first'
      ? Extract<z.output<z.ZodObject<Keys>>[Key], string | undefined>
      : z.output<z.ZodObject<Keys>>[Key]
    : z.output<z.ZodObject<Keys>>[Key];
};

export interface SourceDefinition<Keys extends z.ZodRawShape, Paths extends { readonly [Key in keyof Keys]?: PathKind }> {
  /** As manifests say it: `data: { source: NAME, … }`. */
  readonly name: string;
  /** The other keys of the section: zod schemas, with defaults and descriptions. Values are JSON: a run keeps them. */
  readonly keys: Keys;
  /** Which of the keys hold a path, or a list of paths: those that have to be there, `every` one or the `first` that is. */
  readonly paths?: Paths;
  /** What a data set has under `reading` besides keys of the section: `read` finds it in its context. */
  readonly readingKeys?: z.ZodRawShape;
  /** Reads the data. Paths are absolute and there. Arrays and labels do as a data set. */
  open(section: Located<Keys, Paths>, context: SourceContext): Promise<Dataset | UserData> | Dataset | UserData;
  /**
   * Reads another file as those of the data were read, labels or not: for predictions.
   *
   * @param section without its paths; what the data set has under `reading` instead of the section's own keys
   */
  read?(
    file: string,
    section: Omit<z.output<z.ZodObject<Keys>>, keyof Paths>,
    context: ReadContext & { readonly reading: Reading },
  ): Promise<FileExamples>;
}

/**
 * Makes a source of data that manifests can name.
 *
 * @example
 * const ramps = defineSource({
 *   name: 'ramps',
 *   keys: { count: z.int().min(2).default(100).describe('examples of a class') },
 *   open: ({ count }) => ({ train: rampsAndSteps(count), test: rampsAndSteps(count) }),
 * });
 * const stream = await loadStream('ramps.yaml', { sources: [ramps] });
 */
export function defineSource<
  Keys extends z.ZodRawShape,
  const Paths extends { readonly [Key in keyof Keys]?: PathKind } = { readonly [Key in keyof Keys]?: PathKind },
>(definition: SourceDefinition<Keys, Paths>): DataSource {
  const { name, keys } = definition;
  const paths = (definition.paths ?? {}) as Readonly<Record<string, PathKind>>;
  const otherKeys = Object.fromEntries(Object.entries(keys).filter(([key]) => !Object.hasOwn(paths, key)));
  const readingSchema = section({ source: z.literal(name), ...otherKeys, ...definition.readingKeys });
  return {
    name,
    schema: section({ source: z.literal(name), ...keys }),
    paths,
    async open(data, context, where) {
      const located = await locatePaths(data, paths, context.folder, where);
      const opened = await definition.open(located as Located<Keys, Paths>, context);
      const dataset = 'fingerprint' in opened ? opened : arrayDataset(opened, name);
      if (!definition.read && !definition.readingKeys) return dataset;
      const kept = Object.fromEntries(Object.entries(data).filter(([key]) => !Object.hasOwn(paths, key)));
      return { ...dataset, reading: { ...kept, ...dataset.reading, source: name } };
    },
    ...(definition.read && {
      async read(file, reading, context) {
        const { data, fault } = checkValue(readingSchema, reading);
        if (fault) throw new LifelongError('data', `${file}: how ${name} reads it: ${fault.path.join('.')}: ${fault.message}`);
        return definition.read?.(file, data as never, { ...context, reading }) as Promise<FileExamples>;
      },
    }),
  };
}
