import { describe, expect, it } from 'vitest';
import { readPickle } from '../../src/features/pickle.js';
import { parseTorchFile } from '../../src/features/torch-file.js';
import { LifelongError } from '../../src/index.js';

describe('O7: files of PyTorch', () => {
  it('O7: a tensor larger than its storage is refused before anything is made of it', () => {
    expect(parseTorchFile(torchFile({ shape: [2, 2], strides: [2, 1] }), 'w')['w']).toEqual({
      shape: [2, 2],
      data: Float32Array.of(0, 1, 2, 3),
    });
    for (const plan of [
      { shape: [200, 200, 200, 200], strides: [0, 0, 0, 0] },
      { shape: [2, 2], strides: [3, 1] },
      { shape: [4], strides: [1], offset: 1 },
      { shape: [4], strides: [] },
    ]) {
      expect(() => parseTorchFile(torchFile(plan), 'weights.pth')).toThrow(/^weights.pth: a state dict saved by PyTorch expected, found/);
    }
  });

  it('O7: damaged files give one clear line, whatever byte it is', () => {
    const reader = { where: 'weights.pth', call: () => null, persistent: () => null };
    expect(() => readPickle(Uint8Array.of(0x65, 0x2e), 0, reader)).toThrow('weights.pth: a pickle of tensors expected, found');
    const whole = torchFile({ shape: [2, 2], strides: [2, 1] });
    for (let at = 0; at < whole.length - 16; at++) {
      for (const byte of Buffer.from('e.uRQtsbqhj(]})Kc\x85\x86\xff', 'latin1')) {
        const damaged = Uint8Array.from(whole);
        damaged[at] = byte;
        for (const bytes of [damaged, damaged.subarray(0, at + 1)]) {
          try {
            parseTorchFile(bytes, 'weights.pth');
          } catch (error) {
            expect(error, `byte ${at} as ${byte}`).toBeInstanceOf(LifelongError);
            expect((error as Error).message.split('\n')).toHaveLength(1);
          }
        }
      }
    }
  });
});

/** A state dict as PyTorch saved it before 1.6: one tensor `w` of this shape over the numbers 0, 1, 2, 3. */
function torchFile({ shape, strides, offset = 0 }: { shape: readonly number[]; strides: readonly number[]; offset?: number }): Buffer {
  const text = (content: string) => `X${String.fromCharCode(content.length)}\0\0\0${content}`;
  const byte = (value: number) => `K${String.fromCharCode(value)}`;
  const tuple = (...items: readonly string[]) => `(${items.join('')}t`;
  const storage = `${tuple(text('storage'), 'ctorch\nFloatStorage\n', text('0'), text('cpu'), byte(4))}Q`;
  const tensor = tuple(storage, byte(offset), tuple(...shape.map(byte)), tuple(...strides.map(byte)));
  const state = `}${text('w')}ctorch._utils\n_rebuild_tensor_v2\n${tensor}Rs.`;
  const magic = Buffer.from('6cfc9c46f9206aa85019', 'hex').toString('latin1');
  const pickles = `\x80\x02\x8a\x0a${magic}.${byte(1)}.${byte(1)}.${state}](${text('0')}e.`;
  const numbers = Buffer.from(Float32Array.of(0, 1, 2, 3).buffer);
  return Buffer.concat([Buffer.from(pickles, 'latin1'), Buffer.of(4, 0, 0, 0, 0, 0, 0, 0), numbers]);
}
