/** Gives `node:util` the functions that tfjs-node calls and newer Nodes lack or warn of. Call it before tfjs-node works. */
export function restoreLegacyUtil(): void;
