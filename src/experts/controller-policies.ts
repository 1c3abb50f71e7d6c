/** When the controller of recurrent adapters stops to learn, by name. */
export const controllerPolicies = ['freeze-after-first', 'freeze-after-warmup', 'continual', 'random'] as const;
export type ControllerPolicy = (typeof controllerPolicies)[number];
