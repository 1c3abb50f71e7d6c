import { z } from 'zod';
import { LifelongError } from '../core/errors.js';
import { shown } from '../core/shown.js';
import { readText } from '../data/files.js';
import { section } from '../data/sources/shared/section.js';
import { checkSection } from '../streams/check-section.js';
import { parseYaml } from '../streams/parse-yaml.js';
import { placesIn } from '../streams/places-in.js';

const constant = z.number().min(0);

const memorySchema = section({
  area: constant.describe('mm² a megabyte'),
  read: constant.describe('picojoules a byte'),
  write: constant.describe('picojoules a byte'),
  standby: constant.describe('milliwatts a megabyte'),
});
export type MemoryTechnology = z.infer<typeof memorySchema>;

/** Every constant that a plan is computed from; none has a default. Megabytes are 1,000,000 bytes. */
const technologySchema = section({
  about: z.string().min(1).describe('where the constants are from'),
  illustrative: z.boolean().describe('whether they are of no device in particular'),
  multiplyAdd: constant.describe('picojoules'),
  passesPerSecond: z.number().gt(0).describe('how many passes share what memories take in standby'),
  frozen: section({
    bits: z.int().min(1).max(32).describe('of a number that is kept'),
    leftOut: z.number().min(0).lt(1).describe('share of numbers that are 0 and not kept, with a bit for each number that says which'),
  }),
  tasks: section({ bits: z.int().min(1).max(32).describe('of a number') }),
  memories: z
    .record(z.string().min(1), memorySchema)
    .refine((memories) => Object.keys(memories).length > 0, 'at least one memory by name expected'),
});
export type Technology = z.infer<typeof technologySchema>;

/**
 * Reads a technology file, YAML or JSON.
 *
 * @throws LifelongError `data` when it cannot be read; `config` with file, line and what is missing, unknown or no such number
 */
export async function readTechnology(path: string): Promise<Technology> {
  const yaml = parseYaml(await readText(path), path);
  if (typeof yaml.value !== 'object' || yaml.value === null || Array.isArray(yaml.value))
    throw new LifelongError('config', `${path}: an object with constants of memories expected, found ${shown(yaml.value)}`);
  return checkSection(technologySchema, yaml.value, 'technology', placesIn(yaml, path));
}
