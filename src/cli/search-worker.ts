/** A process that trains candidates of one search. It ends with the process that started it. */
const { takeSearchMessage } = await import('../strategies/par/search-worker.js');

process.on('disconnect', () => process.exit());
process.on('message', (message: Parameters<typeof takeSearchMessage>[0]) => {
  takeSearchMessage(message, (answer) => process.send?.(answer));
});

export {};
