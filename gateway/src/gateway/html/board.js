const services=JSON.parse(document.getElementById('services').textContent);
const form=document.getElementById('filters'),board=document.getElementById('board');
const el=(tag,text,cls)=>{const e=document.createElement(tag);if(text!==undefined)e.textContent=text;if(cls)e.className=cls;return e};
function shown(f){
  if(f.value===null)return '无数据';
  const isShare=f.unit==='%'||f.unit==='ratio'||f.unit==='share'||(f.denominator!==null&&f.denominator!==undefined&&f.value<=1&&f.unit!=='score');
  return isShare?(f.value*100).toFixed(2)+' %':Number(f.value).toLocaleString('zh-CN');
}
async function get(url){const r=await fetch(url,{headers:{Accept:'application/json'}});if(!r.ok)throw new Error(r.status);return r.json()}
async function figure(card,one,query){
  const value=el('strong','…'),parts=el('div','','soft');card.append(value,parts);
  const why=el('details');why.append(el('summary','口径 Definition'));const body=el('div');body.append(el('p',one.definition),el('p',one.definition_en,'soft'));why.append(body);card.append(why);
  try{
    const f=await get(one.value_url+query);value.textContent=shown(f);
    parts.textContent=f.denominator!==null&&f.denominator!==undefined?f.numerator+' / '+f.denominator:one.unit;
    if(f.records_url&&f.records_url.startsWith('/')){const a=el('a','明细 Records');a.href=f.records_url;card.append(a)}
  }catch(e){value.textContent='暂不可用';parts.textContent='Not available now ('+e.message+')'}
}
async function arrange(){
  const query=new URLSearchParams([...new FormData(form)].filter(([,v])=>v)).toString();
  board.replaceChildren();
  for(const [name,title] of services){
    const part=el('section'),head=el('h2',title+' ');head.append(el('small',name));part.append(head);board.append(part);
    get('/'+name+'/v1/indicators').then(list=>{
      const cards=el('div','','cards');part.append(cards);
      if(!list.results.length)part.append(el('p','尚无指标 No figures yet','soft'));
      for(const one of list.results){const card=el('article','','card');card.append(el('h3',one.name),el('div',one.code,'mono soft'));cards.append(card);figure(card,one,query?'?'+query:'')}
    }).catch(e=>part.append(el('p','该服务暂不可用，稍后刷新重试 Not available now ('+e.message+')','note')));
  }
}
form.addEventListener('submit',e=>{e.preventDefault();arrange()});arrange();
