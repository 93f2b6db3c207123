// The example page as it was built: a handful of files, read once, served by their exact names.
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

export interface DemoFile {
  /** Below `/demo/`; the page itself is the empty one. */
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** None when it was not built. */
export async function readDemoFiles(directory: string): Promise<DemoFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile() && extname(entry.name) in CONTENT_TYPES);
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const file = join(parentPath, name);
      const path = file.slice(directory.length).replaceAll('\\', '/').replace(/^\//, '');
      return {
        path: path === 'index.html' ? '' : path,
        contentType: CONTENT_TYPES[extname(name)]!,
        body: await readFile(file),
      };
    }),
  );
}
