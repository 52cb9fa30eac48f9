import { nameClass, nameStates, stateHeader } from '/work/main/packages/sip/src/name-trie.ts';
import { headerSpellings } from '/work/main/packages/sip/src/header.ts';
const N=512;
const body='x'.repeat(386);
const ds = Array.from({length:N},(_, i)=>Buffer.from([`PUBLISH sip:u${i+100000}-4242@example.com SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-4242-${i}-0;rport`,
    `From: <sip:u${i+100000}-4242@example.com>;tag=4242f${i}`,`To: <sip:u${i+100000}-4242@example.com>`,`Call-ID: ${i}-4242@127.0.0.1`,
    'CSeq: 1 PUBLISH','Max-Forwards: 70','Event: presence','Expires: 3600','User-Agent: esc-bench','Content-Type: application/pidf+xml','Content-Length: 386','',body].join('\r\n')));
let sink=0;
const starts = ds.map(d=>{const s=d.toString('latin1'); const r=[]; let p=s.indexOf('\r\n')+2; for(let i=0;i<11;i++){r.push(p); p=s.indexOf('\r\n',p)+2;} return r});
const run=(name,f)=>{const r=(n)=>{const t=process.cpuUsage(); for(let k=0;k<n;k++) for(let i=0;i<N;i++) f(ds[i],starts[i]); const u=process.cpuUsage(t); return (u.user+u.system)*1000/(n*N)};
  r(300); console.log(name.padEnd(10), r(1000).toFixed(0),'ns');}
run('trie',(d,ss)=>{ const end=d.length; for(let i=0;i<11;i++){let p=ss[i],state=0; for(;p<end;p++){const k=nameClass[d[p]]; if(k===0) break; state=nameStates[(state<<5)|k];} sink+=stateHeader[state]+p;} });
run('class only',(d,ss)=>{ const end=d.length; for(let i=0;i<11;i++){let p=ss[i]; for(;p<end;p++){const k=nameClass[d[p]]; if(k===0) break; } sink+=p;} });
run('colon only',(d,ss)=>{ const end=d.length; for(let i=0;i<11;i++){let p=ss[i]; for(;p<end;p++){ if(d[p]===58) break; } sink+=p;} });
// hash: mult
const ids=new Uint8Array(1024).fill(255), chain=[], chars=[], lens=[]; 
let n=0; const off=[]; const all=[]; const idOf=[];
const key=(len,a,b)=>((len*7 + a*37 + b*11)&1023);
const nextc=[];
for (const [name,id] of headerSpellings){ off.push(all.length); lens.push(name.length); idOf.push(id); for(const c of name) all.push(c.charCodeAt(0)); const k=key(name.length,name.charCodeAt(0),name.charCodeAt(name.length-1)); nextc.push(ids[k]); ids[k]=n++; }
const exp=Uint8Array.from(all); const nx=Uint8Array.from(nextc), ln=Uint8Array.from(lens), of=Uint16Array.from(off), io=Uint8Array.from(idOf);
console.log('chained', nextc.filter(x=>x!==255).length, 'of', n);
function ident(d,s,p){ const len=p-s; const k=(len*7+(d[s]|32)*37+(d[p-1]|32)*11)&1023; for(let c=ids[k]; c!==255; c=nx[c]){ if(ln[c]!==len) continue; const o=of[c]; let i=0; while(i<len && (d[s+i]|32)===exp[o+i]) i++; if(i===len) return io[c]; } return 200; }
run('class+hash',(d,ss)=>{ const end=d.length; for(let i=0;i<11;i++){const s=ss[i]; let p=s; for(;p<end;p++){const k=nameClass[d[p]]; if(k===0) break; } sink+=p+ident(d,s,p);} });
run('colon+hash',(d,ss)=>{ const end=d.length; for(let i=0;i<11;i++){const s=ss[i]; let p=s; while(p<end && d[p]!==58 && d[p]>32) p++;  sink+=p+ident(d,s,p);} });
