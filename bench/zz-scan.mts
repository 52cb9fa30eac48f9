import { HeadScanner } from '/work/main/packages/sip/src/head-scanner.ts';
import { defaultLimits } from '@nksip-ts/sip';
import { readStartLine } from '/work/main/packages/sip/src/start-line.ts';
const N=512;
const body='x'.repeat(386);
const ds = Array.from({length:N},(_, i)=>Buffer.from([`PUBLISH sip:u${i+100000}-4242@example.com SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-4242-${i}-0;rport`,
    `From: <sip:u${i+100000}-4242@example.com>;tag=4242f${i}`,`To: <sip:u${i+100000}-4242@example.com>`,`Call-ID: ${i}-4242@127.0.0.1`,
    'CSeq: 1 PUBLISH','Max-Forwards: 70','Event: presence','Expires: 3600','User-Agent: esc-bench','Content-Type: application/pidf+xml','Content-Length: 386','',body].join('\r\n')));
let sink=0;
const run=(name,f)=>{const r=(n)=>{const t=process.cpuUsage(); for(let k=0;k<n;k++) for(let i=0;i<N;i++) f(ds[i]); const u=process.cpuUsage(t); return (u.user+u.system)*1000/(n*N)};
  r(300); console.log(name.padEnd(10), r(1000).toFixed(0),'ns');}
run('scanner',d=>{const s=new HeadScanner(d,0,d.length,defaultLimits); s.scanStartLine(); s.scanFields(); sink+=s.at});
run('bytes loop',d=>{let p=0; const e=380; let x=0; while(p<e){ if((d[p]??0)<=13) x++; p++;} sink+=x});
run('text+charCode loop',d=>{const t=d.toString('latin1',0,380); let p=0; const e=380; let x=0; while(p<e){ if(t.charCodeAt(p)<=13) x++; p++;} sink+=x});
run('text only',d=>{sink+=d.toString('latin1',0,380).length});
run('text whole',d=>{sink+=d.toString('latin1').length});
run('latin1Slice',d=>{sink+=d.latin1Slice(0,380).length});
run('latin1Slice whole',d=>{sink+=d.latin1Slice().length});
run('text indexOf',d=>{const t=d.toString('latin1',0,380); let p=0,x=0; while((p=t.indexOf('\n',p))>=0){x++;p++} sink+=x});
run('text indexOf CR LF',d=>{const t=d.toString('latin1',0,380); let p=0,x=0; while((p=t.indexOf('\r\n',p))>=0){x++;p++} sink+=x});
run('startline',d=>{const t=d.toString('latin1',0,380);  sink+=readStartLine(t,0,44,defaultLimits).line.method.length});
run('fields push',d=>{const f=[]; for(let i=0;i<11;i++) f.push(i,d.length,i,i,i); sink+=f.length});
const scratch=new Array(1280).fill(0);
run('scratch slice',d=>{let n=0; for(let i=0;i<11;i++) {scratch[n++]=i;scratch[n++]=d.length;scratch[n++]=i;scratch[n++]=i;scratch[n++]=i;} const f=scratch.slice(0,n); sink+=f.length});
run('new Array',d=>{const f=new Array(80); let n=0; for(let i=0;i<11;i++) {f[n++]=i;f[n++]=d.length;f[n++]=i;f[n++]=i;f[n++]=i;}  sink+=f.length});
