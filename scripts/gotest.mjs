// Reads `go test -json` on standard input: prints one line a package and the whole output of what failed,
// and writes "passed failed skipped" to the file named as the argument.
// A package that does not build or dies outside a test counts as one failure.
import { createInterface } from 'node:readline';
import { writeFileSync } from 'node:fs';

const output = new Map(); // "package" or "package test" → lines
const count = { pass: 0, fail: 0, skip: 0 };
const failedIn = new Set();

const keep = (key, line) => {
  if (!output.has(key)) output.set(key, []);
  output.get(key).push(line);
};

for await (const line of createInterface({ input: process.stdin })) {
  let e;
  try {
    e = JSON.parse(line);
  } catch {
    console.log(line);
    continue;
  }
  const pkg = e.Package ?? e.ImportPath?.split(' ')[0];
  const key = e.Test ? `${pkg} ${e.Test}` : pkg;
  switch (e.Action) {
    case 'output':
    case 'build-output':
      keep(key, e.Output);
      break;
    case 'build-fail':
      console.log((output.get(pkg) ?? []).join(''));
      output.delete(pkg);
      break;
    case 'pass':
    case 'skip':
    case 'fail':
      if (e.Test) {
        count[e.Action]++;
        if (e.Action === 'fail') {
          failedIn.add(pkg);
          console.log(`--- FAIL: ${key}\n${(output.get(key) ?? []).join('')}`);
        }
        output.delete(key);
        break;
      }
      if (e.Action === 'fail') {
        if (!failedIn.has(pkg)) count.fail++;
        console.log((output.get(pkg) ?? []).join(''));
      }
      if (e.Action !== 'skip') {
        console.log(`${e.Action === 'pass' ? 'ok  ' : 'FAIL'}  ${pkg}  ${(e.Elapsed ?? 0).toFixed(1)} s`);
      }
      // What a test was saying when its process died (a panic, a time-out) is still here.
      for (const [k, lines] of output) {
        if (!k.startsWith(`${pkg} `)) continue;
        if (e.Action === 'fail') console.log(`--- UNFINISHED: ${k}\n${lines.join('')}`);
        output.delete(k);
      }
      output.delete(pkg);
      break;
  }
}
writeFileSync(process.argv[2], `${count.pass} ${count.fail} ${count.skip}\n`);
process.exit(count.fail ? 1 : 0);
