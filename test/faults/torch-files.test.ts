import { describe, expect, it } from 'vitest';
import { readPickle } from '../../src/backbones/pickle.js';
import { parseTorchFile } from '../../src/backbones/torch-file.js';
import { LifelongError } from '../../src/index.js';
import { torchFile } from './torch-file.js';

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
