import type { NamedArray } from '../../src/core/snapshot.js';

/** A model.bin of CTranslate2, version 6, with the encoder that arrays named as Hugging Face's are of, in halves. */
export function ctranslate2File(arrays: Readonly<Record<string, NamedArray>>): Buffer {
  const variables = new Map<string, NamedArray>();
  const of = (name: string) => arrays[`model.encoder.${name}`] as NamedArray;
  const add = (name: string, ...parts: readonly NamedArray[]) => {
    const [{ shape: [, ...rest] } = { shape: [] }] = parts;
    const data = Float32Array.from(parts.flatMap((part) => Array.from(part.data)));
    const rows = parts.reduce((sum, { shape: [count = 0] }) => sum + count, 0);
    variables.set(`encoder/${name}`, { shape: [rows, ...rest], data });
  };
  const module = (name: string, from: string, [weight, bias]: readonly [string, string] = ['weight', 'bias']) => {
    add(`${name}/${weight}`, of(`${from}.weight`));
    add(`${name}/${bias}`, of(`${from}.bias`));
  };
  const norm = ['gamma', 'beta'] as const;
  module('conv1', 'conv1');
  module('conv2', 'conv2');
  add('position_encodings/encodings', of('embed_positions.weight'));
  for (let layer = 0; Object.hasOwn(arrays, `model.encoder.layers.${layer}.fc1.weight`); layer++) {
    const [own, from] = [`layer_${layer}`, `layers.${layer}`];
    const bias = of(`${from}.self_attn.q_proj.bias`);
    const parts = ['q_proj', 'k_proj', 'v_proj'].map((part) => `${from}.self_attn.${part}`);
    add(`${own}/self_attention/linear_0/weight`, ...parts.map((part) => of(`${part}.weight`)));
    const nothing = { shape: bias.shape, data: new Float32Array(bias.data.length) };
    add(`${own}/self_attention/linear_0/bias`, bias, nothing, of(`${from}.self_attn.v_proj.bias`));
    module(`${own}/self_attention/linear_1`, `${from}.self_attn.out_proj`);
    module(`${own}/self_attention/layer_norm`, `${from}.self_attn_layer_norm`, norm);
    module(`${own}/ffn/linear_0`, `${from}.fc1`);
    module(`${own}/ffn/linear_1`, `${from}.fc2`);
    module(`${own}/ffn/layer_norm`, `${from}.final_layer_norm`, norm);
  }
  module('layer_norm', 'layer_norm', norm);
  const text = (value: string) => Buffer.concat([word(value.length + 1), Buffer.from(`${value}\0`, 'latin1')]);
  const entries = [...variables].map(([name, { shape, data }]) =>
    Buffer.concat([text(name), Buffer.of(shape.length), ...shape.map(double), Buffer.of(4), double(2 * data.length), halves(data)]),
  );
  return Buffer.concat([double(6), text('WhisperSpec'), double(3), double(entries.length), ...entries, double(0)]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** IEEE 754 binary16, rounded to the nearest; what is below 2^-14 is 0. */
function halves(data: ArrayLike<number>): Buffer {
  const bytes = Buffer.alloc(2 * data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0;
    const exponent = Math.floor(Math.log2(Math.abs(value)));
    if (exponent < -14) continue;
    const steps = Math.round((Math.abs(value) / 2 ** exponent - 1) * 1024); // 1024 carries into the exponent
    bytes.writeUInt16LE((value < 0 ? 0x8000 : 0) + ((exponent + 15) << 10) + steps, 2 * i);
  }
  return bytes;
}
