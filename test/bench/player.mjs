// A process of turns.mjs: prepares one variant of one piece of work, then does it once for each message.
const [work, variant, options] = process.argv.slice(2);

const variants = await import(`./work/${work}.mjs`);
const play = await variants[variant](JSON.parse(options));

process.on('message', async () => {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const answer = await play();
  const milliseconds = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  process.send({ milliseconds, cpuMilliseconds: (user + system) / 1000, answer, rssBytes: process.memoryUsage.rss(), peakRssBytes });
});
process.send('ready');
