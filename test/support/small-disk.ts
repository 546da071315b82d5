import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CHUNK = Buffer.alloc(4096, 'x');

/** Whether this machine lets a test mount a file system, which takes root; asked once. */
export const canMount = ((): boolean => {
  const directory = mkdtempSync(join(tmpdir(), 'ringside-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory]).status === 0;
  if (mounted) spawnSync('umount', [directory]);
  rmdirSync(directory);
  return mounted;
})();

/** The reason a test gives that cannot run without it. */
export const NO_MOUNT = 'mounting a file system is not permitted';

/** A file system of its own, so small that a test can fill it, and can make read-only. */
export class SmallDisk {
  private constructor(readonly directory: string) {}

  static mount(megabytes: number): SmallDisk {
    const disk = new SmallDisk(mkdtempSync(join(tmpdir(), 'ringside-disk-')));
    run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disk.directory);
    return disk;
  }

  /** Takes all the room there is. */
  fill(): void {
    const file = openSync(join(this.directory, 'ballast'), 'a');
    try {
      for (;;) writeSync(file, CHUNK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Gives it back. */
  free(): void {
    rmSync(join(this.directory, 'ballast'));
  }

  /** Lets it take more in all. */
  grow(megabytes: number): void {
    run('mount', '-o', `remount,size=${megabytes}m`, this.directory);
  }

  /**
   * Takes a file system that somebody writes to away from writing or back; only possible while nobody has a file open
   * for writing, so for the start of a process.
   */
  readOnly(on: boolean): void {
    run('mount', '-o', `remount,${on ? 'ro' : 'rw'}`, this.directory);
  }

  /** Ends it with everything in it, also while somebody has files open. */
  unmount(): void {
    run('umount', '-l', this.directory);
    rmdirSync(this.directory);
  }
}

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
