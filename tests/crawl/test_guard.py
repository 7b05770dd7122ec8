"""The address guard as a function: what is not public is refused in every spelling, and nothing is sent."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.crawl.address_policy import check_addresses, is_allowed, kind_of, parse_target
from recsys.errors import RefusedAddressError


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("0.0.0.0", "this network"),
        ("10.0.0.1", "private"),
        ("10.255.255.255", "private"),
        ("100.64.0.1", "shared by a carrier"),
        ("100.127.255.255", "shared by a carrier"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("169.254.169.254", "link-local"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.8", "reserved"),
        ("192.0.2.1", "for documentation"),
        ("192.168.1.1", "private"),
        ("198.18.0.1", "for benchmarks"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"),
        ("255.255.255.255", "reserved"),
        ("::", "reserved"),
        ("::1", "loopback"),
        ("::127.0.0.1", "reserved"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:7f00:1", "loopback"),
        ("::ffff:10.1.2.3", "private"),
        ("::ffff:169.254.169.254", "link-local"),
        ("64:ff9b::127.0.0.1", "loopback"),
        ("64:ff9b::c0a8:101", "private"),
        ("64:ff9b:1::a00:1", "translated by a local network"),
        ("100::1", "reserved"),
        ("2001::1", "reserved"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "reserved"),
        ("2001:db8::1", "for documentation"),
        ("2002:7f00:1::1", "a tunnel (6to4)"),
        ("2002:c0a8:101::", "a tunnel (6to4)"),
        ("2a00:1450::5efe:7f00:1", "a tunnel (ISATAP)"),
        ("3fff::1", "for documentation"),
        ("4000::1", "reserved"),
        ("fc00::1", "private"),
        ("fdab:cdef::1", "private"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("fec0::1", "private"),
        ("ff02::1", "multicast"),
        ("localhost", "no address at all"),
        ("", "no address at all"),
    ],
)
def test_what_is_not_public_is_named(address: str, kind: str):
    assert kind_of(address) == kind


@pytest.mark.parametrize(
    "address",
    """1.1.1.1 9.255.255.255 11.0.0.0 100.128.0.0 172.32.0.1 192.167.255.255 223.255.255.255 2606:4700::1111
    2a00:1450:4001::200e ::ffff:8.8.8.8 64:ff9b::8.8.8.8""".split(),
)
def test_what_is_public_is_let_through(address: str):
    assert kind_of(address) is None


@given(st.ip_addresses())
def test_nothing_is_public_that_the_standard_library_knows_to_be_private(address):
    if kind_of(str(address)) is None:
        inner = getattr(address, "ipv4_mapped", None) or address
        inside_nat64 = inner in ipaddress.ip_network("64:ff9b::/96") if inner.version == 6 else False
        assert inside_nat64 or (inner.is_global and not inner.is_multicast and not inner.is_reserved)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1/", "127.0.0.1"),
        ("http://127.1/", "127.0.0.1"),
        ("http://127.0.1/", "127.0.0.1"),
        ("http://2130706433/", "127.0.0.1"),
        ("http://0x7f000001/", "127.0.0.1"),
        ("http://0x7f.1/", "127.0.0.1"),
        ("http://0X7F.0.0.0x1/", "127.0.0.1"),
        ("http://0177.0.0.01/", "127.0.0.1"),
        ("http://017700000001/", "127.0.0.1"),
        ("http://127.0.0.1./", "127.0.0.1"),
        ("http://１２７.０.０.１/", "127.0.0.1"),
        ("http://127。0。0。1/", "127.0.0.1"),
        ("http://①②⑦.⓪.⓪.①/", "127.0.0.1"),
        ("http://0/", "0.0.0.0"),
        ("http://[::1]/", "::1"),
        ("http://[0:0:0:0:0:ffff:127.0.0.1]/", "::ffff:7f00:1"),
    ],
)
def test_every_spelling_of_an_address_is_that_address(url: str, host: str):
    target = parse_target(url)
    assert ipaddress.ip_address(target.host) == ipaddress.ip_address(host)
    with pytest.raises(RefusedAddressError, match="is not a public address"):
        check_addresses(target, [target.host])


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://Example.ORG/", "example.org"),
        ("https://example.org.:8443/x", "example.org"),
        ("http://bücher.example/", "xn--bcher-kva.example"),
        ("http://ⓔxample.org/", "example.org"),
        ("http://日本.example/", "xn--wgv71a.example"),
        ("http://1.2.3.example/", "1.2.3.example"),
    ],
)
def test_a_name_has_one_spelling(url: str, host: str):
    assert parse_target(url).host == host


@pytest.mark.parametrize(
    "url",
    [
        "http://user@example.org/",
        "http://example.org@127.0.0.1/",
        "http://user:password@example.org/",
        "http://example.org\\@127.0.0.1/",
        "http://example.org/\r\nHost: 127.0.0.1",
        "http://127.0.0.1%2f@example.org/",
        "http://%31%32%37.0.0.1/",
        "http://256.1.1.1/",
        "http://1.2.3.4.5/",
        "http://4294967296/",
        "http://1.2.3.08/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://[::ffff:0x7f.1]/",
        "http://example..org/",
        "http://-/",
        "http:///path",
        "http://example.org:99999/",
        "http://example.org:25/",
        "http://example.org:22/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/",
        "javascript:alert(1)",
        "//example.org/",
        "",
    ],
)
def test_what_is_no_web_address_is_refused(url: str):
    with pytest.raises(RefusedAddressError):
        parse_target(url)


def test_one_address_that_is_not_public_is_enough_to_refuse_a_host():
    target = parse_target("https://news.example/")
    check_addresses(target, ["1.1.1.1", "2606:4700::1111"])
    for addresses in (["1.1.1.1", "127.0.0.1"], ["::ffff:10.0.0.1"], []):
        with pytest.raises(RefusedAddressError, match=r"news\.example"):
            check_addresses(target, addresses)


def test_a_host_is_allowed_by_its_name_and_port_alone():
    allowed = ["127.0.0.1:8123", "intranet.example", "[::1]:8000"]
    for url in ("http://127.0.0.1:8123/a", "http://127.1:8123/", "http://intranet.example/"):
        assert is_allowed(parse_target(url), allowed)
    assert is_allowed(parse_target("https://INTRANET.example./"), allowed)
    assert is_allowed(parse_target("http://[0:0::1]:8000/"), allowed)
    for url in ("http://127.0.0.1:8124/", "http://127.0.0.2:8123/", "http://intranet.example:8080/"):
        assert not is_allowed(parse_target(url), allowed)
        with pytest.raises(RefusedAddressError):
            check_addresses(parse_target(url), ["127.0.0.1"], allowed)
    check_addresses(parse_target("http://127.0.0.1:8123/"), ["127.0.0.1"], allowed)


@given(st.text(max_size=40))
def test_any_text_is_a_target_or_refused(text: str):
    for url in (text, f"http://{text}/"):
        try:
            target = parse_target(url)
        except RefusedAddressError:
            continue
        assert target.host.isascii()
        assert parse_target(f"http://{target.authority}/").host == target.host
