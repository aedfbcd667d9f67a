"""The machine sizes that managed online deployments can have.

Source: learn.microsoft.com/azure/machine-learning/reference-managed-online-endpoints-vm-sku-list; memory by the sizes'
own pages.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """A machine size; `reserved` where a fifth more instances count, for upgrades."""

    name: str
    family: str
    cores: int
    memory_gb: float
    gpus: int = 0
    reserved: bool = True


def _series(family: str, name: str, gb_per_core: float, *cores: int) -> tuple[Size, ...]:
    """The sizes of a family without graphics processors, whose memory grows with their cores."""
    return tuple(Size(name.format(number), family, number, number * gb_per_core) for number in cores)


_DS = tuple(
    Size(f"Standard_DS{number}_v2", "standardDSv2Family", cores, cores * 3.5)
    for number, cores in ((1, 1), (2, 2), (3, 4), (4, 8), (5, 16))
)
_T4 = "Standard NCASv3_T4 Family"
_A100, _H100 = "standardNCADSA100v4Family", "standardNCADSH100v5Family"
_GRAPHICS = (
    Size("Standard_NC4as_T4_v3", _T4, 4, 28, 1),
    Size("Standard_NC8as_T4_v3", _T4, 8, 56, 1),
    Size("Standard_NC16as_T4_v3", _T4, 16, 110, 1),
    Size("Standard_NC64as_T4_v3", _T4, 64, 440, 4),
    *(Size(f"Standard_NC{n}s_v2", "standardNCSv2Family", n, n * 56 / 3, n // 6) for n in (6, 12, 24)),
    *(Size(f"Standard_NC{n}s_v3", "standardNCSv3Family", n, n * 56 / 3, n // 6) for n in (6, 12, 24)),
    *(Size(f"Standard_NC{n}ads_A100_v4", _A100, n, n * 55 / 6, n // 24, reserved=False) for n in (24, 48, 96)),
    Size("Standard_NC40ads_H100_v5", _H100, 40, 320, 1, reserved=False),
    Size("Standard_NC80adis_H100_v5", _H100, 80, 640, 2, reserved=False),
    Size("Standard_ND96amsr_A100_v4", "Standard NDAMSv4_A100Family", 96, 1900, 8, reserved=False),
    Size("Standard_ND96asr_v4", "Standard NDASv4_A100 Family", 96, 900, 8, reserved=False),
    Size("Standard_ND40rs_v2", "standardNDSv2Family", 40, 672, 8, reserved=False),
    Size("Standard_ND96is_H100_v5", "standardNDv5H100Family", 96, 1900, 8, reserved=False),
    Size("Standard_ND96isr_H100_v5", "standardNDv5H100Family", 96, 1900, 8, reserved=False),
    *(Size(f"Standard_NV{n}ads_A10_v5", "standardNVADSA10v5Family", n, n * 55 / 6, 1) for n in (6, 12, 18)),
    Size("Standard_NV36ads_A10_v5", "standardNVADSA10v5Family", 36, 440, 1),
    Size("Standard_NV36adms_A10_v5", "standardNVADSA10v5Family", 36, 880, 1),
    Size("Standard_NV72ads_A10_v5", "standardNVADSA10v5Family", 72, 880, 2),
)
KNOWN = (
    *_series("standardDASv4Family", "Standard_D{}as_v4", 4, 2, 4, 8, 16, 32, 48, 64, 96),
    *_series("standardDAv4Family", "Standard_D{}a_v4", 4, 2, 4, 8, 16, 32, 48, 64, 96),
    *_DS,
    *_series("standardESv3Family", "Standard_E{}s_v3", 8, 2, 4, 8, 16, 32, 48, 64),
    *_series("standardFSv2Family", "Standard_F{}s_v2", 2, 2, 4, 8, 16, 32, 48, 64, 72),
    *_series("standardFXMDVSFamily", "Standard_FX{}mds", 21, 4, 12, 24, 36, 48),
    *_series("standardLASv3Family", "Standard_L{}as_v3", 8, 8, 16, 32, 48, 64, 80),
    *_series("standardLSv2Family", "Standard_L{}s_v2", 8, 8, 16, 32, 48, 64, 80),
    *_series("standardLSv3Family", "Standard_L{}s_v3", 8, 8, 16, 32, 48, 64, 80),
    *_GRAPHICS,
)
SIZES = {size.name.lower(): size for size in KNOWN}
