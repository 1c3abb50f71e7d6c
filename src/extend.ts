/**
 * For authors of strategies and of kinds of expert: `lifelong/extend`. What is here computes with tfjs, so its declarations need tfjs's types;
 * those of `lifelong` itself do not.
 */
export { frozenExpertBase } from './experts/expert-base.js';
export type { ExpertKind } from './experts/expert-kind.js';
export type { Expert } from './experts/expert.js';
export { frozenBackbone, type FrozenBase } from './experts/frozen-base.js';
export { expertKinds } from './experts/kinds.js';
export type { Groups, LearnedTask, Memory } from './experts/memory.js';
export { recipeShape } from './experts/training/recipe.js';
export type { ExpertVectors } from './experts/vectors.js';
export { defineDecision, type DecisionDefinition } from './strategies/par/decisions/define-decision.js';
export type { DecisionKind, Means, Start } from './strategies/par/decisions/decision-kind.js';
export { decisionKinds } from './strategies/par/decisions/kinds.js';
export { measuredFrom, nearestOf, type Group, type Numbers } from './strategies/par/decisions/numbers.js';
export { definePar } from './strategies/par/define-par.js';
export { tf, type Tensor } from './nn/backend.js';
export type { Batch, FitVectors } from './nn/fit.js';
export type { FrozenTensors } from './nn/frozen-tensors.js';
export { scopedNetwork, type Network } from './nn/network.js';
export type { Scope } from './nn/scope.js';
export type { Pass, StepInputs, StepTerm, Update } from './nn/training-step.js';
export { defineStrategy, type DefinedStrategy, type StrategyDefinition } from './strategies/define-strategy.js';
export { parseOptions } from './strategies/options.js';
export type { BaselineOptions, TrainingContext, Method, Plan, Round } from './strategies/shared/method.js';
export { sharedNetwork } from './strategies/shared/network.js';
