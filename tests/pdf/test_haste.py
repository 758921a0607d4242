"""The papers are the same, to the byte, as those of WeasyPrint left alone."""

import pytest
from weasyprint import HTML
from weasyprint.layout import inline

from certify.pdf.haste import arabic_lines_once
from certify.pdf.pdfua import finish
from certify.pdf.render import VARIANT, complete, fetch, font_configuration, lay_out, page, undisturbed
from tests.pdf import samples

FLOATING = """
<html lang="ar"><title>a</title><style>
  body { direction: rtl; width: 60mm }
  i { float: right; width: 20mm; height: 9mm }
  i + i { float: left; height: 15mm }
</style><body><p><i></i><i></i>قدم المقرر المنتوج ومجال إنتاجه ونتائج التحاليل <b>وتساءل أحد الأعضاء</b> عما إذا كانت
وحدة الاستخراج تشتغل لفائدة نحالين آخرين، فأجاب المقرر بأن سجل المدخلات يبين ذلك.</p></body></html>
"""
PAGES = {
    "minutes": page(samples.minutes()),
    "decision": page(samples.decision("refused")),
    "certificate": page(samples.long_certificate()),
    "text beside floats": FLOATING,
}


@pytest.mark.parametrize("name", PAGES)
def test_haste_changes_no_byte(name):
    with undisturbed():
        alone = HTML(string=PAGES[name], url_fetcher=fetch).render(font_config=font_configuration())
        expected = alone.write_pdf(pdf_variant=VARIANT, finisher=finish)
        assert lay_out(PAGES[name]).write_pdf(pdf_variant=VARIANT, finisher=complete) == expected


def test_weasyprint_is_as_it_was_after_a_paper_and_after_a_failure():
    before = inline.avoid_collisions
    lay_out(FLOATING)
    with pytest.raises(LookupError), arabic_lines_once():
        raise LookupError
    assert inline.avoid_collisions is before
