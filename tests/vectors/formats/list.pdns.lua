-- lua-dns-script of PowerDNS Recursor 4.8 or newer
-- serial: 2026112301
-- issued: 2026-11-23T14:00:00Z
-- expires: 2026-11-30T14:00:00Z
-- entries: 3
-- reach: host
local names = [[
_host.lab.org
.tree.lab.org
xn--fsqu00a.xn--fiqs8s
www.xn--fsqu00a.xn--fiqs8s
]]
local trees, hosts = newDS(), {}
for dot, name in names:gmatch("(%.?)([^\n]+)") do
  if dot == "." then trees:add(name) else hosts[name .. "."] = true end
end -- of names
function preresolve(query)
  if trees:check(query.qname) or hosts[query.qname:toString():lower()] then
    query.rcode = pdns.NXDOMAIN
    return true
  end -- of a blocked one
  return false
end -- of preresolve
