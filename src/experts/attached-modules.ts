/** What can be attached to a backbone, by name. */
export const attachedModules = ['patch', 'adapter', 'edit', 'recurrent', 'unfrozen'] as const;
export type AttachedModule = (typeof attachedModules)[number];

/** Whether a network of this name stands on a backbone. */
export const isAttached = (network: string | undefined): network is AttachedModule => attachedModules.some((name) => name === network);
