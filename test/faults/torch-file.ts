const text = (content: string) => `X${String.fromCharCode(content.length)}\0\0\0${content}`;
const byte = (value: number) => `K${String.fromCharCode(value)}`;
const tuple = (...items: readonly string[]) => `(${items.join('')}t`;

interface Plan {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
}

/** A state dict as PyTorch saved it before 1.6: one tensor `w` of this shape over the numbers 0, 1, 2, 3. */
export const torchFile = (plan: Plan): Buffer => stateDict({ w: plan }, 4);

/** As many tensors of `count` numbers over one storage of so many. */
export const sharedStorage = (count: number, tensors: number): Buffer =>
  stateDict(Object.fromEntries(Array.from({ length: tensors }, (_, i) => [String(i), { shape: [count], strides: [1] }])), count);

function stateDict(plans: Readonly<Record<string, Plan>>, count: number): Buffer {
  const storage = `${tuple(text('storage'), 'ctorch\nFloatStorage\n', text('0'), text('cpu'), byte(count))}Q`;
  const entries = Object.entries(plans).map(([name, { shape, strides, offset = 0 }]) => {
    const tensor = tuple(storage, byte(offset), tuple(...shape.map(byte)), tuple(...strides.map(byte)));
    return `${text(name)}ctorch._utils\n_rebuild_tensor_v2\n${tensor}Rs`;
  });
  const magic = Buffer.from('6cfc9c46f9206aa85019', 'hex').toString('latin1');
  const pickles = `\x80\x02\x8a\x0a${magic}.${byte(1)}.${byte(1)}.}${entries.join('')}.](${text('0')}e.`;
  const numbers = Buffer.from(Float32Array.from({ length: count }, (_, i) => i).buffer);
  return Buffer.concat([Buffer.from(pickles, 'latin1'), Buffer.of(count, 0, 0, 0, 0, 0, 0, 0), numbers]);
}
