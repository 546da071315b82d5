import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOUSE } from './gateway-process.js';

/** Whether this machine can compile and preload the shim. */
export const canShim = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0;

/** The reason a test gives that cannot run without it. */
export const NO_SHIM = 'no Linux with gcc';

/** A disk that a test can slow down or break for one process; see `test/processes/disk-shim.c`. */
export class DiskShim {
  private readonly folder = mkdtempSync(join(tmpdir(), 'ringside-shim-'));
  private readonly stall = join(this.folder, 'stall');
  private readonly broken = join(this.folder, 'break');
  private readonly library = join(this.folder, 'disk-shim.so');

  /** @param directory the process's data directory: files elsewhere are left alone */
  constructor(private readonly directory: string) {
    const source = join(HOUSE, 'test/processes/disk-shim.c');
    const { status, stderr } = spawnSync('gcc', ['-shared', '-fPIC', '-O1', '-o', this.library, source, '-ldl'], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`the shim does not compile: ${stderr}`);
  }

  /** What the process must have in its environment. */
  get env(): Record<string, string> {
    return {
      LD_PRELOAD: this.library,
      DISK_SHIM_DIR: this.directory,
      DISK_SHIM_STALL: this.stall,
      DISK_SHIM_BREAK: this.broken,
    };
  }

  /** From now on no flush comes back, until `go`. */
  sleep(): void {
    writeFileSync(this.stall, '');
  }

  /** From now on every write and flush fails, until `go`. */
  break(): void {
    writeFileSync(this.broken, '');
  }

  go(): void {
    rmSync(this.stall, { force: true });
    rmSync(this.broken, { force: true });
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true });
  }
}
