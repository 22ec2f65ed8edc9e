"""The networks by which limits count."""

import pytest

from shared.networks import Networks, networks_of


@pytest.mark.parametrize(
    ("address", "network", "wide"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("64:ff9b::c000:207", "192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("::1", "::/64", "::/48"),
        ("a-name", "a-name", "a-name"),
        ("", "", ""),
    ],
)
def test_an_address_counts_for_its_network_and_its_wide_network(address: str, network: str, wide: str) -> None:
    assert networks_of(address) == Networks(network, wide)
