"""The finishing touches that make one file PDF/A-3a and PDF/UA-1 at once, and good to listen to.

WeasyPrint writes one profile at a time, names the language of the whole document alone, lists an attachment twice and
leaves headers and footers half tagged. Its `finisher` hook hands over the PDF before it is written: what is missing is
added there, in memory, without parsing the file again.
"""

from collections.abc import Iterator

import pydyf
from weasyprint import Document

ARABIC_FONT = b"Paper-Naskh"
PAGINATION = pydyf.Dictionary({"Type": "/Pagination"})
IDENTIFICATION = b"""
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" rdf:about="" pdfuaid:part="1"/>
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#" rdf:about="">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 this file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


def finish(_document: Document, pdf: pydyf.PDF) -> None:
    """Complete a PDF/A-3a of WeasyPrint in place (its `finisher`): identification, attachment, headers, languages."""
    objects = {item.reference: item for item in pdf.objects}
    identify(objects[pdf.catalog["Metadata"]])
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
    tree = objects[pdf.catalog["StructTreeRoot"]]
    told = set(_descendants(objects, tree))
    arabic = {name for name, font in _fonts(objects, pdf).items() if ARABIC_FONT in objects[font]["BaseFont"]}
    holders = objects[tree["ParentTree"]]["Nums"][1::2]
    for page, elements in zip(pdf.page_references, holders, strict=False):
        operators = objects[objects[page]["Contents"]].stream
        for mcid, at in _marks(operators):
            if elements[mcid] not in told:
                operators[at : at + 2] = ["/Artifact", PAGINATION]
            elif arabic & _fonts_used(operators, at):
                objects[objects[elements[mcid]]["P"]]["Lang"] = pydyf.String("ar")


def identify(metadata: pydyf.Stream) -> None:
    """Claim PDF/UA-1 in the first RDF block, with the extension schema that PDF/A asks for; a second one is ignored."""
    content = b"".join(metadata.stream)
    metadata.stream = [content.replace(b"</rdf:RDF>", IDENTIFICATION + b"</rdf:RDF>", 1)]


def _fonts(objects: dict[bytes, pydyf.Object], pdf: pydyf.PDF) -> dict[str, bytes]:
    """Name the fonts of the document, which all its pages share."""
    resources = objects[objects[pdf.page_references[0]]["Resources"]]
    return objects[resources["Font"]]


def _descendants(objects: dict[bytes, pydyf.Object], element: pydyf.Dictionary) -> Iterator[bytes]:
    """Walk the elements that a reader of the structure tree comes to."""
    for kid in element.get("K", ()):
        if isinstance(kid, bytes):
            yield kid
            yield from _descendants(objects, objects[kid])


def _marks(operators: list) -> Iterator[tuple[int, int]]:
    """Find each marked content with a number, and where its operator begins."""
    for at, operand in enumerate(operators):
        if isinstance(operand, dict) and "MCID" in operand:
            yield operand["MCID"], at - 1


def _fonts_used(operators: list, start: int) -> set[str]:
    """Name the fonts that write one marked content."""
    end = operators.index(b"EMC", start)
    written = (operator for operator in operators[start:end] if isinstance(operator, bytes))
    return {operator.split()[0].decode()[1:] for operator in written if operator.endswith(b" Tf")}
