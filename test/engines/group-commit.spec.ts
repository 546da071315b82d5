import { GroupCommit } from '../../src/engines/group-commit.js';

/** A disk that finishes a commit when it is told to. */
function slowDisk() {
  const groups: (readonly number[])[] = [];
  const finish: ((outcomes: readonly (string | Error)[]) => void)[] = [];
  const fail: ((error: Error) => void)[] = [];
  const commit = (group: readonly number[]) =>
    new Promise<readonly (string | Error)[]>((resolve, reject) => {
      groups.push(group);
      finish.push(resolve);
      fail.push(reject);
    });
  return {
    groups,
    commit,
    succeed: () => finish.at(-1)!(groups.at(-1)!.map(String)),
    finish: (outcomes: (string | Error)[]) => finish.at(-1)!(outcomes),
    fail: (error: Error) => fail.at(-1)!(error),
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('GroupCommit', () => {
  it('what comes together goes together, and what comes meanwhile goes next', async () => {
    const disk = slowDisk();
    const commits = new GroupCommit(disk.commit, 100);
    const first = [commits.add(1), commits.add(2)];
    await turn();
    const second = [commits.add(3), commits.add(4), commits.add(5)];
    await turn();
    expect(disk.groups).toEqual([[1, 2]]);
    disk.succeed();
    expect(await Promise.all(first)).toEqual(['1', '2']);
    expect(disk.groups).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
    disk.succeed();
    expect(await Promise.all(second)).toEqual(['3', '4', '5']);
  });

  it('after a large group, what its callers do next goes together, and so does what the loop brings meanwhile', async () => {
    const disk = slowDisk();
    const commits = new GroupCommit(disk.commit, 100);
    const twice = [1, 2, 3, 4].map((n) => commits.add(n).then(() => commits.add(10 * n)));
    await turn();
    disk.succeed();
    setImmediate(() => twice.push(commits.add(50)));
    await turn();
    await turn();
    await turn();
    expect(disk.groups).toEqual([
      [1, 2, 3, 4],
      [10, 20, 30, 40, 50],
    ]);
    disk.succeed();
    expect(await Promise.all(twice)).toEqual(['10', '20', '30', '40', '50']);
  });

  it('no group is larger than allowed, and none is forgotten', async () => {
    const disk = slowDisk();
    const commits = new GroupCommit(disk.commit, 2);
    const all = Promise.all([1, 2, 3, 4, 5].map((n) => commits.add(n)));
    for (let group = 0; group < 3; group++) {
      await turn();
      disk.succeed();
    }
    expect(await all).toEqual(['1', '2', '3', '4', '5']);
    expect(disk.groups).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('a refused entry is refused alone; a failed commit fails all of its group and nothing after it', async () => {
    const disk = slowDisk();
    const commits = new GroupCommit(disk.commit, 100);
    const refused = Promise.allSettled([commits.add(1), commits.add(2)]);
    await turn();
    const failed = Promise.allSettled([commits.add(3), commits.add(4)]);
    disk.finish(['1', new Error('refused')]);
    expect(await refused).toMatchObject([{ value: '1' }, { reason: { message: 'refused' } }]);
    const later = commits.add(5);
    disk.fail(new Error('no disk'));
    expect(await failed).toMatchObject([{ reason: { message: 'no disk' } }, { reason: { message: 'no disk' } }]);
    disk.succeed();
    expect(await later).toBe('5');
  });

  it('is idle once everything is answered', async () => {
    const disk = slowDisk();
    const commits = new GroupCommit(disk.commit, 1);
    await commits.idle();
    let idle = false;
    const added = [commits.add(1), commits.add(2)];
    const becameIdle = commits.idle().then(() => (idle = true));
    await turn();
    disk.succeed();
    await added[0];
    expect(idle).toBe(false);
    disk.succeed();
    await added[1];
    await becameIdle;
    expect(idle).toBe(true);
  });
});
