import { expect, it } from 'vitest';
import { computeMetrics } from '../../src/metrics/compute-metrics.js';
import { golden } from './golden.js';

it('metrics are the published ones', () => {
  const figures = golden('metrics.json') as {
    accuracy: number[][];
    averagePerformance: number;
    averageForgettingPublished: number;
    newTaskAccuracy: number;
    gemBackwardTransfer: number;
    forgettingChaudhry: number;
  };
  const metrics = computeMetrics(figures.accuracy);
  expect(metrics.averageAccuracy.value).toBeCloseTo(figures.averagePerformance, 9);
  expect(metrics.parForgetting.value).toBeCloseTo(figures.averageForgettingPublished, 9);
  expect(metrics.learningAccuracy.value).toBeCloseTo(figures.newTaskAccuracy, 9);
  expect(metrics.backwardTransfer.value).toBeCloseTo(figures.gemBackwardTransfer, 9);
  expect(metrics.averageForgetting.value).toBeCloseTo(figures.forgettingChaudhry, 9);
});
