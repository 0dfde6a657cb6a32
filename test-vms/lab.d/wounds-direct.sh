# shellcheck shell=bash
# What happens to the link over which a node reaches others without tunnel, and how one sees that its routes are as they were. Runs inside
# node1 of a dual-stack lab with --direct: bash wounds-direct.sh MODE [WORD...] wound.sh tells what these are.
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/wound.sh"

peer=$(ip route show proto 102 via 192.0.2.12 dev eth0 | cut -d' ' -f1)
peer6=$(ip -6 route show proto 102 via 2001:db8::12 dev eth0 | cut -d' ' -f1)
far=$(ip route show proto 102 dev flannel.1 | cut -d' ' -f1)
far6=$(ip -6 route show proto 102 dev flannel-v6.1 | grep via | cut -d' ' -f1)

has_direct() { ip route | grep -q "^$peer via 192.0.2.12 dev eth0 proto 102" && ip -6 route | grep -q "^$peer6 via 2001:db8::12 dev eth0 proto 102"; }
has_tunnel() { ip route | grep -q "^$far .*dev flannel.1 proto 102" && ip -6 route | grep -q "^$far6 .*dev flannel-v6.1 proto 102"; }
has_routes() { [ -n "$peer" ] && [ -n "$peer6" ] && [ -n "$far" ] && [ -n "$far6" ] && has_direct && has_tunnel; }

# With its last address the link loses its routes, and with its state IPv6's addresses: whoever does it sets them again.
routes4='ip route replace default via 192.0.2.254'
routes6='ip -6 address replace 2001:db8::11/64 dev eth0 nodad; ip -6 route replace default via 2001:db8::fe'

wound 'direct route removed' 'ip route delete $peer' has_routes
wound 'direct IPv6 route removed' 'ip -6 route delete $peer6' has_routes
wound 'direct route altered' 'ip route replace $peer via 192.0.2.254' has_routes
wound 'direct IPv6 route altered' 'ip -6 route replace $peer6 via 2001:db8::fe' has_routes
wound 'uplink down and up' "ip link set eth0 down; ip link set eth0 up; $routes4; $routes6" has_routes
wound 'uplink address changed' "ip address delete 192.0.2.11/24 dev eth0; ip address add 192.0.2.111/24 dev eth0; $routes4" has_routes
wound 'uplink address changed back' "ip address delete 192.0.2.111/24 dev eth0; ip address add 192.0.2.11/24 dev eth0; $routes4" has_routes
# A node that has no link in common with others any more, as in some clouds.
wound 'uplink address narrowed to a host' 'at_once "ip address delete 192.0.2.11/24 dev eth0; ip address add 192.0.2.11/32 dev eth0; ip route replace default via 192.0.2.254 dev eth0 onlink"' \
    'ip route | grep "^$peer .*dev flannel.1 proto 102" && has_tunnel'
wound 'uplink address widened again' "at_once 'ip address delete 192.0.2.11/32 dev eth0; ip address add 192.0.2.11/24 dev eth0; $routes4'" has_routes
