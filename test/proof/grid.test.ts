import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { random } from '../../src/core/random.js';
import { ended, lifelong, start } from '../cli/lifelong.js';
import { redisServer, startRedis } from '../grid/redis-server.js';
import { projectFolder } from '../grid/tiny-grid.js';
import { outcomesIn, workers } from '../grid/working.js';
import { needing } from '../support/needing.js';

const grid = `streams: [tiny.yaml]
strategies: [finetune, { strategy: er, options: { memory: 20 } }, { strategy: ewc, options: { lambda: 10 } }, independent]
seeds: [0, 1, 2, 3, 4, 5]
options: { network: mlp, units: 8, epochs: 150, patience: -1, batchSize: 16 }
threads: 1
`;

describe('24 runs over 4 workers, of which one is killed every few seconds', () => {
  needing(redisServer).it(
    'are all done, and equal those done one after another here, to the last bit; the server is restarted in the middle',
    async () => {
      const [alone, folder] = [projectFolder(grid), projectFolder(grid)];
      const one = await lifelong(['grid', 'grid.yaml', '--jobs', '1'], { cwd: alone });
      expect(one.code, one.stderr).toBe(0);
      const redis = await startRedis();
      const working = workers('3');
      const places = [folder, folder, projectFolder(grid), projectFolder(grid)];
      const living = places.map((place) => ({ place, worker: working.start(place, redis.url) }));
      const whole = start(['grid', 'grid.yaml', '--redis', redis.url], { cwd: folder });
      const end = ended(whole);
      let over = false;
      void end.then(() => (over = true));
      const source = random(7, 'kills');
      const isOver = () => over;
      for (let kills = 0; !isOver() && kills < 40; kills++) {
        await Promise.race([sleep(4000 + 3000 * source.uniform()), end]);
        if (isOver()) break;
        if (kills === 3) await redis.restart();
        const victim = living[kills % living.length];
        if (!victim) continue;
        victim.worker.process.kill('SIGKILL');
        victim.worker = working.start(victim.place, redis.url);
      }
      const { code, stderr } = await end;
      await working.stop();
      await redis.stop();
      expect(code, stderr).toBe(0);
      const outcomes = await outcomesIn(folder);
      expect(Object.keys(outcomes)).toHaveLength(24);
      expect(outcomes).toEqual(await outcomesIn(alone));
    },
    900_000,
  );
});
