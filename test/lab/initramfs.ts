/** The files a kernel starts with, packed as it wants them (Linux, driver-api/early-userspace/buffer-format.rst). */

export interface InitramfsFile {
  /** Without a leading slash. The folders above come by themselves. */
  readonly path: string;
  /** Without it, a folder. */
  readonly content?: Buffer;
}

const folderMode = 0o040755;
const programMode = 0o100755;
const blockBytes = 4;
const endOfArchive = 'TRAILER!!!';

/** A cpio archive in the format "newc". Files may be run by all. */
export function initramfs(files: readonly InitramfsFile[]): Buffer {
  const folders = new Set(files.flatMap(({ path }) => foldersOf(path)));
  const all = [...[...folders].map((path) => ({ path })), ...files];
  const entries = all.map((file, index) => entry(file, index + 1));
  return Buffer.concat([...entries, entry({ path: endOfArchive }, 0)]);
}

/** From the root down. */
function foldersOf(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

function entry({ path, content }: InitramfsFile, inode: number): Buffer {
  const mode = content === undefined ? folderMode : programMode;
  const name = Buffer.from(`${path}\0`);
  const size = content?.length ?? 0;
  const fields = [inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  const head = Buffer.concat([Buffer.from(header), name]);
  return Buffer.concat([padded(head), padded(content ?? Buffer.alloc(0))]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([
    bytes,
    Buffer.alloc((blockBytes - (bytes.length % blockBytes)) % blockBytes),
  ]);
}
