-- policy of Knot Resolver 5
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
local trees, hosts = {}, {}
for dot, name in names:gmatch("(%.?)([^\n]+)") do
  local set = dot == "." and trees or hosts
  set[todname(name)] = true
end -- of names
policy.add(function (_, query)
  local name, at = query:name(), 1
  if hosts[name] then return policy.DENY end
  while name:byte(at) > 0 do
    if trees[name:sub(at)] then return policy.DENY end
    at = at + name:byte(at) + 1
  end -- of labels
  return nil
end)
