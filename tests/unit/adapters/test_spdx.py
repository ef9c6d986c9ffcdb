"""Real-world spellings of licences and what they mean; what is not sure stays without an expression."""

import pytest

from pipeline.adapters.spdx import creative_commons_addresses, normalize_expression, read_expression

SPELLINGS = [
    # ids, whatever their case, and the deprecated ones
    ("MIT", "MIT"),
    ("mit", "MIT"),
    ("apache-2.0", "Apache-2.0"),
    ("GPL-2.0", "GPL-2.0-only"),
    ("GPL-2.0+", "GPL-2.0-or-later"),
    ("gpl-3.0", "GPL-3.0-only"),
    ("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ("0BSD", "0BSD"),
    # names as people write them
    ("MIT License (Expat)", "MIT"),
    ("The MIT License (MIT)", "MIT"),
    ("Expat", "MIT"),
    ("MIT/X11", "MIT"),
    ("Apache 2", "Apache-2.0"),
    ("Apache 2.0 License", "Apache-2.0"),
    ("Apache License, Version 2.0", "Apache-2.0"),
    ("ASL 2.0", "Apache-2.0"),
    ("Apache", "LicenseRef-Apache-unversioned"),
    ("Apache Software License", "LicenseRef-Apache-unversioned"),
    ("BSD", "LicenseRef-BSD-unversioned"),
    ("BSD 3-Clause", "BSD-3-Clause"),
    ("New BSD License", "BSD-3-Clause"),
    ("Simplified BSD", "BSD-2-Clause"),
    ('BSD 3-Clause "New" or "Revised" License', "BSD-3-Clause"),
    ("Mozilla Public License 2.0", "MPL-2.0"),
    ("Boost Software License 1.0", "BSL-1.0"),
    ("EUPL 1.2", "EUPL-1.2"),
    ("Open Government Licence v3.0", "OGL-UK-3.0"),
    # the GNU licences
    ("GPLv3+", "GPL-3.0-or-later"),
    ("GPLv2 or later", "GPL-2.0-or-later"),
    ("GPL version 3 or any later version", "GPL-3.0-or-later"),
    ("GNU GPLv3", "GPL-3.0-only"),
    ("LGPLv2.1+", "LGPL-2.1-or-later"),
    ("GNU AGPL v3", "AGPL-3.0-only"),
    ("GNU Lesser General Public License v3 (LGPLv3)", "LGPL-3.0-only"),
    ("GPL", "LicenseRef-GPL-unversioned"),
    ("GPL-2.0 with Classpath exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ("GPL-2.0 with some exception", None),
    # Debian's short names
    ("GPL-2+ with Libtool exception", "GPL-2.0-or-later WITH Libtool-exception"),
    ("Apache-2.0 with LLVM exception", "Apache-2.0 WITH LLVM-exception"),
    ("GPL-2 with Linux-syscall-note exception", "GPL-2.0-only WITH Linux-syscall-note"),
    ("GPL-3+ with Autoconf exception", None),
    ("MIT with Attribution", None),
    ("GPL-2+", "GPL-2.0-or-later"),
    ("GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"),
    ("Artistic or GPL-1+", "Artistic-1.0 OR GPL-1.0-or-later"),
    ("public-domain", "LicenseRef-scancode-public-domain"),
    # Python's classifiers
    ("License :: OSI Approved :: MIT License", "MIT"),
    ("License :: OSI Approved :: GNU General Public License v2 (GPLv2)", "GPL-2.0-only"),
    ("License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
    ("License :: CC0 1.0 Universal (CC0 1.0) Public Domain Dedication", "CC0-1.0"),
    ("License :: OSI Approved :: ISC License (ISCL)", "ISC"),
    ("License :: OSI Approved :: BSD License", "LicenseRef-BSD-unversioned"),
    # Creative Commons
    ("cc by nc sa 4.0", "CC-BY-NC-SA-4.0"),
    ("CC-BY-SA 3.0", "CC-BY-SA-3.0"),
    ("ccby4.0", "CC-BY-4.0"),
    ("CC BY 3.0 US", "CC-BY-3.0-US"),
    ("Creative Commons Attribution 4.0 International", "CC-BY-4.0"),
    ("Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International License", "CC-BY-NC-SA-4.0"),
    ("Attribution-NonCommercial-NoDerivatives 4.0 International", "CC-BY-NC-ND-4.0"),
    ("CC BY-NC", "LicenseRef-CC-BY-NC-unversioned"),
    ("cc", "LicenseRef-CC-unversioned"),
    ("cc0", "CC0-1.0"),
    ("CC0-1.0 (Public Domain)", "CC0-1.0"),
    ("CC Zero", "CC0-1.0"),
    ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
    ("http://creativecommons.org/licenses/by-nc-sa/3.0/igo/", "CC-BY-NC-SA-3.0-IGO"),
    ("https://creativecommons.org/licenses/by-sa/4.0/legalcode", "CC-BY-SA-4.0"),
    ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
    ("https://spdx.org/licenses/CC-BY-4.0.html", "CC-BY-4.0"),
    ("https://choosealicense.com/licenses/mit/", "MIT"),
    ("https://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0"),
    ("署名-非商业性使用-相同方式共享 4.0 国际", "CC-BY-NC-SA-4.0"),
    ("知识共享署名 4.0", "CC-BY-4.0"),
    ("木兰宽松许可证, 第2版", "MulanPSL-2.0"),
    # data and model licences as hubs tag them
    ("odbl", "ODbL-1.0"),
    ("odc-by", "ODC-By-1.0"),
    ("pddl", "PDDL-1.0"),
    ("c-uda", "C-UDA-1.0"),
    ("cdla-permissive-2.0", "CDLA-Permissive-2.0"),
    ("etalab-2.0", "etalab-2.0"),
    ("lgpl-lr", "LGPLLR"),
    ("openrail", "LicenseRef-OpenRAIL"),
    ("bigscience-openrail-m", "LicenseRef-BigScience-OpenRAIL-M"),
    ("llama2", "LicenseRef-Llama-2"),
    # several at once
    ("MIT OR Apache-2.0", "Apache-2.0 OR MIT"),
    ("MIT/Apache-2.0", "Apache-2.0 OR MIT"),
    ("CC BY 4.0 and MIT", "CC-BY-4.0 AND MIT"),
    ("(MIT AND CC-BY-4.0)", "CC-BY-4.0 AND MIT"),
    # rights kept
    ("UNLICENSED", "LicenseRef-all-rights-reserved"),
    ("All rights reserved.", "LicenseRef-all-rights-reserved"),
    ("LicenseRef-our-contract", "LicenseRef-our-contract"),
    # nothing that we are sure of
    ("", None),
    ("   ", None),
    ("other", None),
    ("Other", None),
    ("unknown", None),
    ("UNKNOWN", None),
    ("none", None),
    ("NOASSERTION", None),
    ("N/A", None),
    ("custom", None),
    ("SEE LICENSE IN LICENSE.md", None),
    ("not MIT", None),
    ("MIT (non-commercial only)", None),
    ("MIT License, non-commercial use only", None),
    ("MIT or similar", None),
    ("CC BY-ND-SA 4.0", None),
    ("CC BY 4.0 and CC BY 3.7", None),
    ("CC BY 9.0", None),
    ("Attribution", None),
    ("free for academic use", None),
    ("research only", None),
    ("x" * 5000, None),
    ("(a) " * 400, None),
    ("(" * 100 + "MIT" + ")" * 100, None),
]


@pytest.mark.parametrize(("written", "meant"), SPELLINGS)
def test_spelling(written, meant):
    assert normalize_expression(written) == meant


@pytest.mark.parametrize("meant", sorted({meant for _, meant in SPELLINGS if meant}))
def test_what_was_read_reads_as_itself(meant):
    assert normalize_expression(meant) == meant
    assert read_expression(meant) == meant


@pytest.mark.parametrize("written", ["CC BY 4.0", "NOASSERTION", "NONE", "", "MIT,ISC", "NoSuchLicense-1.0", "MIT WITH NoSuchException"])
def test_only_spdx_is_read_as_spdx(written):
    assert read_expression(written) is None


def test_addresses_in_a_text():
    text = (
        "See https://creativecommons.org/licenses/by/4.0. Pictures: creativecommons.org/licenses/by-nc/2.5/ and creativecommons.org/about/"
    )
    assert [expression for _, expression in creative_commons_addresses(text)] == ["CC-BY-4.0", "CC-BY-NC-2.5"]
