import { z } from 'zod';

const domains = ['image', 'vector', 'text', 'audio'] as const;

/** What kind of thing examples are. What follows from it besides learning is in src/domains. */
export type Domain = (typeof domains)[number];

export const domainSchema = z.enum(domains);

/** What one example of a task is. */
export interface Input {
  readonly domain: Domain;
  /** `[height, width, channels]` of an image, `[length]` of a vector or a text, `[frames, bands]` of a sound. */
  readonly shape: readonly number[];
  /** `int32` for numbers that name something, such as tokens; they are never normalized. */
  readonly dtype: 'float32' | 'int32';
}

export const inputSchema = z.strictObject({
  domain: domainSchema,
  shape: z.array(z.int().positive()),
  dtype: z.enum(['float32', 'int32']),
});

/** The numbers of examples, one behind the other; which of the two follows from their `dtype`. */
export type InputValues = Float32Array | Int32Array;

/** Of values in memory. */
export const dtypeOf = (values: InputValues): Input['dtype'] => (values instanceof Int32Array ? 'int32' : 'float32');

/** `length` zeros of this type. */
export const zerosOf = (dtype: Input['dtype'], length: number): InputValues =>
  dtype === 'int32' ? new Int32Array(length) : new Float32Array(length);

/** Whether inputs are of one domain and type, whatever their shapes. */
export const sameKind = (a: Input, b: Input): boolean => a.domain === b.domain && a.dtype === b.dtype;

/** Whether a network for the one takes the other. */
export const sameInput = (a: Input, b: Input): boolean => sameKind(a, b) && a.shape.join() === b.shape.join();

/** In a few signs: `[8,8,1]`, `int32 [16]`. */
export const formatInput = ({ shape, dtype }: Pick<Input, 'shape' | 'dtype'>): string =>
  `${dtype === 'int32' ? 'int32 ' : ''}[${shape.join()}]`;
