import { describe, expect, it } from 'vitest';
import { bertWeights } from '../../src/backbones/bert-weights.js';
import { whisperWeights } from '../../src/backbones/whisper-weights.js';
import type { Site } from '../../src/backbones/backbone.js';
import type { FrozenBackbone } from '../../src/core/frozen-backbone.js';
import type { Input } from '../../src/core/input.js';
import { hashArrays } from '../../src/data/hash-arrays.js';
import { attached } from '../../src/experts/attached.js';
import { attachedArchitecture, type AttachedOptions } from '../../src/experts/attached-architecture.js';
import { ensemblesOf } from '../../src/experts/ensemble.js';
import { networkOf } from '../../src/experts/expert-kind.js';
import { backboneBase } from '../../src/experts/frozen-base.js';
import { nextState, recurrent, type RecurrentArchitecture } from '../../src/experts/modules/recurrent.js';
import { recurrentArchitecture } from '../../src/experts/recurrent-architecture.js';
import { controllerTerms } from '../../src/experts/shared-controller.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import type { Network } from '../../src/nn/network.js';
import { inferenceScope, declare } from '../../src/nn/scope.js';
import { tinyBackbone } from '../support/tiny-backbone.js';
import { differences, largest, normals } from '../support/normals.js';
import { checkGradients, movedParameters as moved, passOf as features } from '../support/network-passes.js';
import { tinyBert } from '../support/tiny-bert.js';
import { tinyWhisper } from '../support/tiny-whisper.js';

const shape = [20, 80] as const;
const input: Input = { domain: 'audio', shape, dtype: 'float32' };
const arrays = whisperWeights(tinyWhisper(), 'tiny');
const backbone: FrozenBackbone = { name: 'whisper-tiny', domain: 'audio', side: null, weights: { sha256: hashArrays(arrays), arrays } };

const architectureOf = (options: Partial<AttachedOptions> = {}) =>
  attachedArchitecture(backbone, { module: 'recurrent', stateSize: 6, headUnits: 3, ...options }) as RecurrentArchitecture;

function network(options: Partial<AttachedOptions> = {}): Network {
  return networkOf([attached], architectureOf(options), input, 'test', backboneBase(backbone));
}

const sounds = (count: number) => tf.tensor3d(normals(count * 1600, 'sounds'), [count, ...shape]);

/** A stock IndRNN (Li et al. 2018), number by number in float64: h_t = relu(W x_t + u * h_(t-1) + b) with h_0 = 0, over a sequence of vectors; all its states. */
function indrnn(sequence: readonly ArrayLike<number>[], { W, u, b }: Readonly<Record<'W' | 'u' | 'b', ArrayLike<number>>>): number[][] {
  const size = b.length;
  let h = Array<number>(size).fill(0);
  return sequence.map((x) => {
    h = h.map((before, i) => {
      let sum = (b[i] ?? NaN) + (u[i] ?? NaN) * before;
      for (let j = 0; j < x.length; j++) sum += (W[j * size + i] ?? NaN) * (x[j] ?? NaN);
      return Math.max(0, sum);
    });
    return h;
  });
}

describe('a recurrent controller', () => {
  const [layers, d, m, p, places] = [5, 16, 6, 3, 4];
  const hidden = Array.from({ length: layers }, (_, l) => normals(places * d, 'x', l).map((value) => value / 4));
  const weights = {
    W: normals(d * m, 'W').map((value) => value / 4),
    u: normals(m, 'u').map((value) => Math.min(1.1, Math.abs(value))),
    b: normals(m, 'b').map((value) => value / 4),
    V: normals(m * d, 'V'),
    c: normals(d, 'c'),
    V1: normals(m * p, 'V1'),
    c1: normals(p, 'c1'),
    V2: normals(p * d, 'V2'),
  };
  const at = (values: Float32Array, place: number) => values.subarray(place * d, (place + 1) * d);

  it('has the states of a stock IndRNN that is fed the layers one after the other', () => {
    for (const [u, used] of [
      [weights.u, { recurrent: tf.tensor1d(weights.u) }],
      [new Float32Array(m), {}],
    ] as const) {
      const controller = { input: tf.tensor2d(weights.W, [d, m]), bias: tf.tensor1d(weights.b), ...used };
      let state: Tensor | undefined;
      const found = hidden.map((x) => {
        state = nextState(tf.tensor2d(x, [places, d]), state, controller);
        return state.dataSync<'float32'>();
      });
      for (let place = 0; place < places; place++) {
        const wanted = indrnn(
          hidden.map((x) => at(x, place)),
          { ...weights, u },
        );
        wanted.forEach((states, l) => {
          expect(largest(differences(found[l]?.subarray(place * m, (place + 1) * m) ?? [], states))).toBeLessThan(1e-6);
        });
        expect(largest(wanted.flat())).toBeGreaterThan(0.3);
      }
    }
  });

  it.each(['linear', 'feed-forward'] as const)('adds what a %s head makes of the states', (adapterHead) => {
    const architecture = { ...architectureOf({ adapterHead }), stateSize: m, headUnits: p };
    const sites = hidden.map((_, l): Site => ({ name: `layer${l}/output`, stage: `layer${l}`, channels: d, kind: 'output' }));
    const all = tf.concat(hidden.map((x) => tf.tensor3d(x, [1, places, d])));
    const run = (scope: Parameters<typeof recurrent.attach>[0]) => {
      const apply = recurrent.attach(scope, architecture);
      return tf.stack(sites.map((site, l) => apply(site, tf.slice(all, [l, 0, 0], [1, places, d]))));
    };
    const declaration = declare((scope) => run(scope), { shape: [1], dtype: 'float32' });
    const named: Readonly<Record<string, Float32Array>> = {
      'controller.input': weights.W,
      'controller.bias': weights.b,
      'controller.recurrent': weights.u,
      'head.out': adapterHead === 'linear' ? weights.V : weights.V2,
      'head.out-bias': weights.c,
      'head.middle': weights.V1,
      'head.middle-bias': weights.c1,
    };
    const flat = Float32Array.from(declaration.parameters.weights.flatMap(({ name }) => Array.from(named[name] ?? expect.fail(name))));
    const found = tf.tidy(() => run(inferenceScope(declaration, tf.tensor1d(flat), tf.tensor1d([])))).dataSync<'float32'>();
    for (let place = 0; place < places; place++) {
      const states = indrnn(
        hidden.map((x) => at(x, place)),
        weights,
      );
      const map = (x: readonly number[], by: Float32Array, bias: Float32Array) =>
        Array.from(bias, (shift, j) => x.reduce((sum, value, i) => sum + value * (by[i * bias.length + j] ?? NaN), shift));
      states.forEach((state, l) => {
        const last = map(state, weights.V1, weights.c1).map((value) => Math.max(0, value));
        const added = adapterHead === 'linear' ? map(state, weights.V, weights.c) : map(last, weights.V2, weights.c);
        const wanted = added.map((value, j) => value + (at(hidden[l] ?? expect.fail(), place)[j] ?? NaN));
        expect(largest(differences(found.subarray((l * places + place) * d, (l * places + place + 1) * d), wanted))).toBeLessThan(1e-5);
      });
    }
  });
});

describe('a recurrent adapter on an encoder', () => {
  it('that is not trained gives what the encoder gives, bit for bit, and trained gives something else', () => {
    const plain = networkOf([attached], attachedArchitecture(backbone, { stages: [] }), input, 'test', backboneBase(backbone));
    const wanted = features(plain, new Float32Array(0), sounds(5));
    for (const options of [{}, { adapterHead: 'feed-forward' }, { recurrence: 'none' }] as const) {
      const made = network(options);
      const begun = moved(made);
      const outOfHead = made.declaration.parameters.weights.filter(({ name }) => name.startsWith('head.out'));
      const size = outOfHead.reduce((sum, { shape: [a = 1, b = 1] }) => sum + a * b, 0);
      expect(outOfHead.map(({ initial }) => initial)).toEqual([{ value: 0 }, { value: 0 }]);
      const out = made.declaration.parameters.weights.findIndex(({ name }) => name === 'head.out');
      const start = made.declaration.parameters.weights.slice(0, out).reduce((sum, { shape: [a = 1, b = 1] }) => sum + a * b, 0);
      begun.fill(0, start, start + size);
      expect(features(made, begun, sounds(5))).toEqual(wanted);
      expect(largest(differences(features(made, moved(made), sounds(5)), wanted))).toBeGreaterThan(1e-3);
    }
  });

  it('has the numbers that it says: d m + 2 m of the controller, m d + d of a linear head, m p + p + p d + d of the other', () => {
    for (const [options, numbers] of [
      [{}, 128 * 6 + 2 * 6 + 6 * 128 + 128],
      [{ recurrence: 'none' }, 128 * 6 + 6 + 6 * 128 + 128],
      [{ adapterHead: 'feed-forward' }, 128 * 6 + 2 * 6 + 6 * 3 + 3 + 3 * 128 + 128],
    ] as const) {
      expect(network(options).declaration.parameters.size).toBe(numbers);
    }
    expect(architectureOf()).toEqual({
      ...{ kind: 'attached', module: 'recurrent', side: null, stages: ['layer0', 'layer1'] },
      ...{ stateSize: 6, recurrence: 'indrnn', adapterHead: 'linear', headUnits: 3, controller: 'freeze-after-first', warmup: 2 },
    });
  });

  it.each(['linear', 'feed-forward'] as const)(
    'has the gradients that finite differences give, through both layers (%s head)',
    (adapterHead) => {
      const made = network({ adapterHead });
      checkGradients(made, sounds(3), moved(made), 40, 0.002);
    },
  );

  it('begins with no state in every pass: the order of batches changes nothing, nor what came before', () => {
    const made = network();
    const parameters = moved(made);
    const [a, b] = [sounds(4), tf.tensor3d(normals(4 * 1600, 'others'), [4, ...shape])];
    const first = [features(made, parameters, a), features(made, parameters, b)];
    const turned = [features(made, parameters, b), features(made, parameters, a)].reverse();
    expect(turned).toEqual(first);
    const alone = features(made, parameters, tf.slice(a, [2, 0, 0], [1, ...shape]));
    expect(largest(differences(alone, first[0]?.subarray(2 * 128, 3 * 128) ?? []))).toBeLessThan(1e-5);
  });

  it('is the same in two parts: what is below, computed once, and what is above', () => {
    const made = network({ stages: ['layer1'], recurrence: 'none' });
    const { below, above, shape: hiddenShape } = made.cut?.() ?? expect.fail();
    const hidden = tf.tensor(features(below, new Float32Array(0), sounds(6)), [6, ...hiddenShape]);
    expect(features(above, moved(made), hidden)).toEqual(features(made, moved(made), sounds(6)));
  });
});

describe('a recurrent adapter on an encoder of texts', () => {
  const length = 12;
  const bert = bertWeights(tinyBert(), 'tiny');
  const texts: FrozenBackbone = { name: 'minilm', domain: 'text', side: null, weights: { sha256: hashArrays(bert), arrays: bert } };
  const on = (options: AttachedOptions) =>
    networkOf(
      [attached],
      attachedArchitecture(texts, options),
      { domain: 'text', shape: [length], dtype: 'int32' },
      'test',
      backboneBase(texts),
    );
  const ids = (...rows: readonly (readonly number[])[]) => tf.tensor2d(rows.flat(), [rows.length, rows[0]?.length ?? 0], 'int32');
  const [short, long] = [
    [2, 7, 9, 3],
    [2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 3],
  ];

  it('begins as the encoder, bit for bit, over all of its layers', () => {
    const made = on({ module: 'recurrent', stateSize: 6 });
    expect(attachedArchitecture(texts, { module: 'recurrent' }).stages).toEqual(['layer0', 'layer1']);
    expect(features(made, new Float32Array(made.declaration.parameters.size), ids(long))).toEqual(
      features(on({ stages: [] }), new Float32Array(0), ids(long)),
    );
  });

  it('says the same of a text whatever padding it has, though heads have a bias', () => {
    const made = on({ module: 'recurrent', stateSize: 6 });
    const parameters = moved(made);
    const [padded, alone] = [ids([...short, ...Array<number>(8).fill(0)], long), ids(short)];
    const [found, wanted] = [features(made, parameters, padded), features(made, parameters, alone)];
    expect(largest(differences(found.subarray(0, 128), wanted))).toBeLessThan(1e-5);
  });
});

describe('a shared controller', () => {
  /** So many experts with a task each, of which some have learned: heads of the others are 0. */
  const known = (made: Network, architecture: RecurrentArchitecture, learned: readonly boolean[]) => ({
    experts: learned.map((has, i) => ({
      ...{ id: `e${i}`, architecture: architecture as never, network: made },
      vectors: { parameters: has ? moved(made) : new Float32Array(made.declaration.parameters.size), statistics: new Float32Array(0) },
    })),
    tasks: learned.map((_, i) => ({ ref: { id: `t${i}` }, expert: `e${i}` })),
  });

  it.each([
    ['random', [[], [false], [true]], [true, true, true]],
    ['freeze-after-first', [[], [false], [true], [false, true]], [false, false, true, true]],
    ['freeze-after-warmup', [[true], [true, false], [true, true]], [false, false, true]],
    ['continual', [[], [true, true, true, true]], [false, false]],
  ] as const)('is held when it has been taught: a task that left its head at 0 does not count (%s)', (controller, memories, held) => {
    const [made, architecture] = [network({ controller }), architectureOf({ controller })];
    const [fresh] = known(made, architecture, [false]).experts;
    if (!fresh) expect.fail();
    expect(memories.map((learned) => controllerTerms({ ...fresh, id: 'new' }, known(made, architecture, learned)).length > 0)).toEqual(
      held,
    );
  });

  it('is what a step leaves to the last bit where it is held, weight decay and all; the head moves', () => {
    const [made, architecture] = [network({ controller: 'random' }), architectureOf({ controller: 'random' })];
    const [expert] = known(made, architecture, [true]).experts;
    const [term] = controllerTerms(expert ?? expect.fail(), { experts: [], tasks: [] });
    const size = 128 * 6 + 2 * 6;
    const before = tf.tensor1d(moved(made));
    const after = term?.weights?.({ before, after: tf.mul(before, 0.5) }, {}) ?? expect.fail();
    const [was, is] = [before.dataSync<'float32'>(), after.dataSync<'float32'>()];
    expect(is.slice(0, size)).toEqual(was.slice(0, size));
    expect(is.slice(size)).toEqual(was.slice(size).map((value) => value / 2));
    const gradient = (term?.gradient?.(before, {}) ?? expect.fail()).dataSync<'float32'>();
    expect(largest(gradient.subarray(0, size))).toBe(0);
    expect(gradient.slice(size)).toEqual(was.slice(size));
  });
});

describe('recurrent adapters are refused', () => {
  it('on layers of several widths, listing them, and on one layer alone', () => {
    const images: FrozenBackbone = tinyBackbone();
    const expected = 'recurrent: a backbone for texts or sounds, with layers of one width, expected, found efficientnet-lite0: ';
    expect(() => attachedArchitecture(images, { module: 'recurrent', stages: ['stage5', 'stage6'] })).toThrow(
      expect.objectContaining({
        code: 'config',
        message: expect.stringMatching(new RegExp(`^${expected}stage5 \\d+, stage6 \\d+$`)) as string,
      }),
    );
    expect(() => recurrentArchitecture(backbone, {}, ['convolutions', 'layer1'])).toThrow(
      'recurrent: stages with two layers or more expected, found layer1 128',
    );
    expect(recurrentArchitecture(backbone, { recurrence: 'none' }, ['layer1']).stages).toEqual(['layer1']);
  });

  it('as members of an ensemble', () => {
    const architecture = { kind: 'ensemble', members: 2, of: architectureOf() as never } as const;
    expect(() => ensemblesOf([attached]).network(architecture, input, backboneBase(backbone))).toThrow(
      'an ensemble: a module other than recurrent expected',
    );
  });
});
