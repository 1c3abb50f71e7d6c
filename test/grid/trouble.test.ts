import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { ended, lifelong, start } from '../cli/lifelong.js';
import { needing } from '../support/needing.js';
import { freePort, redisServer, startRedis, type RedisServer } from './redis-server.js';
import { said } from './said.js';
import { projectFolder, writeProject } from './tiny-grid.js';
import { workers } from './working.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 }); // of many processes, which others on the machine slow down

const root = fileURLToPath(new URL('../..', import.meta.url));
const quick = 'streams: [tiny.yaml]\nstrategies: [ncm]\n';
const reason = /to be tried again on \S+:(\d+): \S*train\.csv, \S*test\.csv: no such file/;

needing(redisServer).describe('a grid over Redis, where something is wrong', () => {
  const working = workers();
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterEach(() => working.stop());
  afterAll(() => redis.stop());

  const runGrid = (cwd: string, address = redis.url) => lifelong(['grid', 'grid.yaml'], { cwd, env: { LIFELONG_REDIS: address } });

  it.each([
    ['no server', 'redis://:secret@127.0.0.1:1', /redis:\/\/127\.0\.0\.1:1: a Redis server expected, found none \(.*ECONNREFUSED/],
    ['no address of a server', 'http://:secret@127.0.0.1', /redis:\/\/HOST:PORT, or rediss:\/\/HOST:PORT with TLS, expected/],
  ])('%s', async (_, address, message) => {
    for (const command of [['grid', 'grid.yaml'], ['worker']]) {
      const { code, stderr } = await lifelong(command, { cwd: projectFolder(quick), env: { LIFELONG_REDIS: address } });
      expect(code, stderr).toBe(2);
      expect(stderr).toMatch(message);
      expect(stderr).not.toContain('secret');
    }
  });

  it('data missing on one worker: the run goes to another, and the first is named', async () => {
    const [folder, without] = [projectFolder(quick), join(projectFolder(quick), 'without')];
    writeProject(without, quick, { data: false });
    const first = working.start(without, redis.url);
    const child = start(['grid', 'grid.yaml', '--redis', redis.url], { cwd: folder });
    const end = ended(child);
    await said(child.stderr, reason);
    working.start(folder, redis.url);
    const { code, stderr } = await end;
    expect(code, stderr).toBe(0);
    expect(reason.exec(stderr)?.[1]).toBe(String(first.process.pid));
  });

  it('data missing on every worker: the run is given up after three attempts with the reason, and the others go on', async () => {
    const folder = projectFolder('streams: [lost.yaml, tiny.yaml]\nstrategies: [ncm]\n');
    writeFileSync(
      join(folder, 'lost.yaml'),
      readFileSync(join(folder, 'tiny.yaml'), 'utf8').replace('tiny', 'lost').replace('train.csv', 'gone.csv'),
    );
    working.start(folder, redis.url);
    const { code, stderr, stdout } = await runGrid(folder);
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/lost-ncm-s0-\w+: given up after 3 attempts on \S+: .*gone\.csv: no such file/);
    expect(stdout).toContain('2 runs: 1 done, 1 failed');
    const { stdout: status } = await lifelong(['grid', 'status', 'grid.yaml'], { cwd: folder });
    expect(status).toMatch(/lost-ncm\S+ +failed .*gone\.csv/);
  });

  it('the same grid twice: the second is refused and names the first', async () => {
    const folder = projectFolder(quick);
    const child = start(['grid', 'grid.yaml', '--redis', redis.url], { cwd: folder });
    const end = ended(child);
    await expect.poll(() => existsSync(join(folder, 'checkpoints/grid/grid.json')), { timeout: 30_000 }).toBe(true);
    const { code, stderr } = await runGrid(folder);
    expect(code).toBe(2);
    expect(stderr).toContain(`found one that is, by process ${String(child.pid)} on`);
    child.kill('SIGINT');
    await end;
    await redis.restart('empty');
  });

  it('a worker of another version is refused, and both are named; the grid waits for one of its own', async () => {
    const folder = projectFolder(quick);
    const other = installed(join(folder, 'other'), { version: '9.9.9' });
    const child = start(['grid', 'grid.yaml', '--redis', redis.url], { cwd: folder });
    const end = ended(child);
    const refused = spawnSync(process.execPath, [other, 'worker', '--redis', redis.url], { cwd: folder, encoding: 'utf8' });
    expect(refused.status, refused.stderr).toBe(2);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
    expect(refused.stderr).toContain(
      `a worker of lifelong ${version} expected, which runs there were started with, found one of lifelong 9.9.9`,
    );
    working.start(folder, redis.url);
    expect(await end).toMatchObject({ code: 0 });
  });

  it('without the optional packages: one line, with what to install', () => {
    const folder = projectFolder(quick);
    const other = installed(join(folder, 'other'), { without: ['bullmq'] });
    const { status, stderr } = spawnSync(process.execPath, [other, 'worker', '--redis', redis.url], { cwd: folder, encoding: 'utf8' });
    expect(status, stderr).toBe(2);
    expect(stderr).toBe(
      'lifelong: redis: the optional packages bullmq and ioredis expected, found one of them missing\n  npm install bullmq ioredis\n',
    );
  });

  it('a wrong password is refused; the right one is used, and stands nowhere', async () => {
    const folder = projectFolder(quick);
    const guarded = await startRedis(['--requirepass', 'open-sesame']);
    const address = (password: string) => guarded.url.replace('//', `//:${password}@`);
    for (const given of [address('wrong-word'), guarded.url]) {
      const { code, stderr } = await runGrid(folder, given);
      expect(code, stderr).toBe(2);
      expect(stderr).toMatch(/a user and password that the server takes expected, found others \((WRONGPASS|NOAUTH)\)/);
      expect(stderr).not.toContain('wrong-word');
    }
    const worker = working.start(projectFolder(quick), address('open-sesame'));
    const done = await runGrid(folder, address('open-sesame'));
    expect(done.code, done.stderr).toBe(0);
    await working.stop();
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());
    const texts = [
      done.stderr,
      done.stdout,
      (await worker.ended).stderr,
      ...files.map((name) => readFileSync(join(folder, name), 'latin1')),
    ];
    expect(texts.filter((text) => text.includes('open-sesame'))).toEqual([]);
    await guarded.stop();
  });

  needing({ what: 'openssl', there: spawnSync('openssl', ['version']).status === 0 }).it('TLS, with a certificate of its own', async () => {
    const folder = projectFolder(quick);
    const at = (name: string) => join(folder, name);
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject, '-keyout', at('key'), '-out', at('cert')],
      { stdio: 'ignore' },
    );
    const port = String(await freePort());
    const server = await startRedis([
      '--tls-port',
      port,
      '--tls-cert-file',
      at('cert'),
      '--tls-key-file',
      at('key'),
      '--tls-auth-clients',
      'no',
    ]);
    const address = `rediss://127.0.0.1:${port}`;
    const env = { NODE_EXTRA_CA_CERTS: at('cert'), LIFELONG_REDIS: address };
    expect(await lifelong(['grid', 'grid.yaml', '--redis', address], { cwd: folder })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/a Redis server expected, found none \(self-signed certificate/) as string,
    });
    working.start(folder, address, env);
    const { code, stderr } = await lifelong(['grid', 'grid.yaml'], { cwd: folder, env });
    expect(code, stderr).toBe(0);
    await working.stop();
    await server.stop();
  });

  const small = mountSmall(48);
  afterAll(() => {
    if (small !== undefined) execFileSync('umount', [small]);
  });
  needing({ what: 'the right to mount a file system', there: small !== undefined }).it(
    'a disk that is full on one worker: the run goes to another',
    async () => {
      const folder = projectFolder(quick);
      const cramped = small ?? '';
      writeProject(cramped, quick);
      writeFileSync(join(cramped, 'ballast'), Buffer.alloc(24 * 1024));
      working.start(cramped, redis.url);
      const child = start(['grid', 'grid.yaml', '--redis', redis.url], { cwd: folder });
      const end = ended(child);
      await said(child.stderr, /to be tried again on .*no space is left on the device/);
      working.start(folder, redis.url);
      expect(await end).toMatchObject({ code: 0 });
    },
  );
});

/** A copy of the built package with another version, or without some of the packages that it uses; the path of its program. */
function installed(folder: string, { version, without = [] }: { readonly version?: string; readonly without?: readonly string[] }): string {
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as object;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...own, ...(version !== undefined && { version }) }));
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['streams', ...readdirSync(join(root, 'node_modules')).map((one) => `node_modules/${one}`)])
    if (!without.some((one) => name === `node_modules/${one}`)) symlinkSync(join(root, name), join(folder, name));
  return join(folder, 'dist/cli/main.js');
}

/** A file system of so many kilobytes, or undefined where this process may not mount one. */
function mountSmall(kilobytes: number): string | undefined {
  const path = join(projectFolder(quick), 'small');
  mkdirSync(path);
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', path]).status === 0 ? path : undefined;
}
