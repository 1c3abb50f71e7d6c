import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const dilated = 'DepthwiseConv2dNative dilations=2';

/** What expert-steps.mjs finds out in a process of its own, on the TensorFlow that is here or on one with these faults. */
function expertSteps(faults: Record<string, 'missing' | 'wrong'> = {}, env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', here('other-build.cjs'), here('expert-steps.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, OTHER_BUILD: JSON.stringify(faults), ...env },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as { eager: number[]; compiled: number[]; forms: Record<string, 'kernel' | 'exact'> };
}

/**
 * Ten losses of about 1. Forms and engines add in other orders: float32 rounding of 6e-8 in the first step, which ten steps of training make
 * some ten times as large.
 */
const expectAlike = (found: readonly number[], wanted: readonly number[]) => {
  expect(found).toHaveLength(10);
  found.forEach((loss, i) => expect(Math.abs(loss - (wanted[i] ?? NaN)), `step ${i}`).toBeLessThan(1e-5));
};

describe('O1: an expert trained on another build of TensorFlow', () => {
  const here = expertSteps();

  it('uses the kernels that this one has', () => {
    const { [dilated]: ofDilation, ...others } = here.forms;
    expect(new Set(Object.values(others))).toEqual(new Set(['kernel']));
    expect(Object.keys(others)).toHaveLength(4);
    expect(['kernel', 'exact']).toContain(ofDilation);
    expectAlike(here.compiled, here.eager);
  });

  const called = {
    Cholesky: 'Cholesky',
    DepthwiseConv2dNative: dilated,
    ReluGrad: 'ReluGrad',
    FusedBatchNormV3: 'FusedBatchNormV3 is_training',
    SparseSoftmaxCrossEntropyWithLogits: 'SparseSoftmaxCrossEntropyWithLogits',
  };

  it.each(['missing', 'wrong'] as const)('finds out which kernels are %s, and takes the exact forms', (fault) => {
    const { eager, compiled, forms } = expertSteps(Object.fromEntries(Object.keys(called).map((op) => [op, fault])));
    expect(forms).toEqual(Object.fromEntries(Object.values(called).map((name) => [name, 'exact'])));
    expectAlike(eager, here.eager);
    expectAlike(compiled, here.eager);
  });

  it('takes the exact form where only the gradient of an operation is wrong', () => {
    const { eager, compiled, forms } = expertSteps({ FusedBatchNormGradV3: 'wrong' });
    expect(forms).toEqual({ ...here.forms, [called.FusedBatchNormV3]: 'exact' });
    expectAlike(eager, here.eager);
    expectAlike(compiled, here.eager);
  });

  it('learns the same without oneDNN', () => {
    const { eager, compiled, forms } = expertSteps({}, { TF_ENABLE_ONEDNN_OPTS: '0' });
    if (process.platform === 'linux' && process.arch === 'x64') expect(forms[dilated]).toBe('exact');
    expectAlike(eager, here.eager);
    expectAlike(compiled, here.eager);
  });
});
