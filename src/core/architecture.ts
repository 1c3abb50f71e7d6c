import { z } from 'zod';
import { genotypeSchema } from './genotype.js';
import type { JsonObject } from './json.js';

/**
 * What an expert's network is built from besides the shape of its inputs, as plain data. `kind` says who builds it (src/experts/kinds.ts), and the
 * rest is for that kind to read: `{ kind: 'cells', genotype, channels, cells }`, `{ kind: 'perceptron', units }`.
 */
export type Architecture = JsonObject & { readonly kind: string };

export const architectureSchema = z.object({ kind: z.string() }).catchall(z.json());

/** The genotype of an expert of cells; null for other kinds. */
export function genotypeOf({ genotype }: Architecture) {
  return genotypeSchema.safeParse(genotype).data ?? null;
}

/** The architecture of each member of an ensemble; of any other kind itself. */
export const memberArchitecture = (architecture: Architecture): Architecture =>
  architecture.kind === 'ensemble' ? architectureSchema.parse(architecture['of']) : architecture;
