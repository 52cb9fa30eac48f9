import { parse, Header } from '@nksip-ts/sip';
import { compare } from './zz-h.mts';
import { readVia } from '../packages/sip/src/headers/via.ts';
const body='x'.repeat(386);
const ds = Array.from({length:512},(_, i)=>Buffer.from([`PUBLISH sip:u${i+100000}-4242@example.com SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-4242-${i}-0;rport`,
    `From: <sip:u${i+100000}-4242@example.com>;tag=4242f${i}`,`To: <sip:u${i+100000}-4242@example.com>`,`Call-ID: ${i}-4242@127.0.0.1`,
    'CSeq: 1 PUBLISH','Max-Forwards: 70','Event: presence','Expires: 3600','User-Agent: esc-bench','Content-Type: application/pidf+xml','Content-Length: 386','',body].join('\r\n')));
let sink=0; let keep: unknown;
const read=(i)=>{const r=parse(ds[i]); if(!r.ok) throw new Error(r.reason); return r.message};
const texts=ds.map(d=>d.toString('latin1'));
const vs=texts.map(t=>t.indexOf('Via:')+5), ve=texts.map(t=>t.indexOf('\r\nFrom'));
const HOST=1,TOKEN=2,VALUE=4; const T=new Uint8Array(256);
for(const c of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789') T[c.charCodeAt(0)]|=7;
for(const c of '-.') T[c.charCodeAt(0)]|=7; T[95]|=HOST; for(const c of "!%*_+`'~") T[c.charCodeAt(0)]|=6;
for(let c=33;c<127;c++) if(!',;"<>'.includes(String.fromCharCode(c))) T[c]|=4;
class V { transport; host; port; branch; rport; received; maddr; constructor(t,h,p,b,r,re,m){this.transport=t;this.host=h;this.port=p;this.branch=b;this.rport=r;this.received=re;this.maddr=m;} }
function viaB(b:Uint8Array,text:string,s:number,e:number){
  if(!text.startsWith('SIP/2.0/',s)) return undefined;
  let p=s+8; const ts=p; while(p<e && (T[b[p]]&TOKEN)!==0) p++;
  if(b[p]!==32) return undefined; const te=p; p++;
  const hs=p; while(p<e && (T[b[p]]&HOST)!==0) p++; const he=p;
  let port; if(p<e&&b[p]===58){ p++; port=0; while(p<e&& b[p]>=48&&b[p]<=57) port=port*10+b[p++]-48; }
  let branch,rport,received,maddr;
  while(p<e && b[p]===59){ const ns=++p; while(p<e&&(T[b[p]]&TOKEN)!==0) p++; const ne=p; let v0=-1; if(p<e&&b[p]===61){v0=++p; while(p<e&&(T[b[p]]&VALUE)!==0) p++;}
    const n=ne-ns; if(n===6){ if(text.startsWith('branch',ns)) branch=text.substring(v0,p);} else if(n===5){ if(text.startsWith('rport',ns)) rport= v0<0?true:5; } else if(n===8){ received='x'} }
  if(p!==e) return undefined;
  return new V(text.substring(ts,te)==='UDP'?'UDP':'TCP',text.substring(hs,he),port,branch,rport,received,maddr);
}
compare({
 'old via':(i)=>{keep=readVia(texts[i],vs[i],ve[i])},
 'viaB':(i)=>{keep=viaB(ds[i],texts[i],vs[i],ve[i])},
 'parse kept':(i)=>{keep=read(i)}, 
 'parse, old via':(i)=>{keep=read(i); keep=readVia(texts[i],vs[i],ve[i])},
 'parse, viaB':(i)=>{keep=read(i); keep=viaB(ds[i],texts[i],vs[i],ve[i])},
});
