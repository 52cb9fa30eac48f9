// interleaved: every piece is compared with a fixed piece of work in the same 20 ms neighbourhood
const calText = Buffer.from('PUBLISH sip:u100000-4242@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-4242-1-0;rport\r\nFrom: <sip:u@example.com>;tag=42\r\nTo: <sip:u@example.com>\r\nCall-ID: 1-4242@127.0.0.1\r\nCSeq: 1 PUBLISH\r\nMax-Forwards: 70\r\nEvent: presence\r\n\r\n' + 'x'.repeat(386));
let csink = 0;
export function calibrate(): number {
  const t = calText.toString('latin1'); let p = 0; let x = 0; const f: number[] = [];
  for (let i = 0; i < t.length && i < 250; i++) { const c = t.charCodeAt(i); if (c === 10) { f.push(p, i); p = i + 1; } else if (c === 58) x++; }
  for (let i = 0; i < f.length; i += 2) x += t.substring(f[i]!, f[i + 1]!).length;
  csink += x; return csink;
}
const cpu = () => { const u = process.cpuUsage(); return u.user + u.system; };
const hr = () => Number(process.hrtime.bigint());
export function compare(pieces: Record<string, (i: number) => void>, rounds = 60) {
  const names = Object.keys(pieces); const best: Record<string, number[]> = {}; const cal: number[] = [];
  for (const n of names) { best[n] = []; for (let i = 0; i < 60000; i++) pieces[n]!(i & 511); }
  for (let i = 0; i < 60000; i++) calibrate();
  for (let r = 0; r < rounds; r++) {
    let t = hr(); for (let i = 0; i < 2048; i++) calibrate(); cal.push((hr() - t) / 2048);
    for (const n of names) { const f = pieces[n]!; t = hr(); for (let i = 0; i < 2048; i++) f(i & 511); best[n]!.push((hr() - t) / 2048); }
  }
  const q = (a: number[]) => [...a].sort((x, y) => x - y)[Math.floor(a.length * 0.1)]!;
  const c = q(cal);
  console.log('calibration', c.toFixed(0), 'ns (p10)');
  for (const n of names) console.log(n.padEnd(28), q(best[n]!).toFixed(0).padStart(6), 'ns', (q(best[n]!) / c).toFixed(3).padStart(8), 'cal');
}
